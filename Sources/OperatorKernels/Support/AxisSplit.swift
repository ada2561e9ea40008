import NetworkGraph

/// A tensor seen as outer x count x inner, around the axis along which an operator works.
struct AxisSplit {
  let outer: Int
  let count: Int
  let inner: Int

  /// Splits a shape at an axis.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - axes: The axes that form the middle, neighbours.
  init(_ shape: TensorShape, axes: Range<Int>) {
    outer = shape.count(of: 0..<axes.lowerBound)
    count = shape.count(of: axes)
    inner = shape.count(of: axes.upperBound..<shape.rank)
  }

  /// Calls `body` for pieces of the outer axis.
  func split(_ team: any OperatorTeam, _ body: (_ outer: Int, _ offset: Int) -> Void) {
    let size = count * inner
    guard size > 0 else { return }
    team.split(outer, grain: max(1, (1 << 14) / size)) { body($0.count, $0.lowerBound * size) }
  }
}

/// The axis attribute of softmax and its kin: one axis, or before version 13 all axes from it on.
struct SoftmaxAxis: Sendable {
  let axis: Int
  let takesRest: Bool
  let kind: String

  /// Reads the attribute.
  ///
  /// - Parameters:
  ///   - attributes: The node's attributes.
  ///   - kind: The operator's name, for errors.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  init(_ attributes: OperatorAttributes, of kind: String) throws(SpecificationError) {
    takesRest = attributes.version < 13
    axis = try attributes.integer("axis", takesRest ? 1 : -1)
    self.kind = kind
  }

  init(axis: Int, of kind: String) {
    self.axis = axis
    self.kind = kind
    takesRest = false
  }

  func check(_ inputs: [ValueFacts?]) throws(SpecificationError) -> ValueType {
    let x = try inputs.float(0, of: kind).type
    // The axis behind the last one was allowed: each value is then a row of its own.
    if !(takesRest && axis == x.shape.rank) { _ = try x.shape.resolved(axis: axis, name: "\(kind)'s axis") }
    return x
  }

  func split(_ shape: TensorShape) -> AxisSplit {
    guard shape.rank > 0 else { return AxisSplit(shape, axes: 0..<0) }
    let first = axis < 0 ? axis + shape.rank : axis
    return AxisSplit(shape, axes: first..<(takesRest ? shape.rank : first + 1))
  }
}
