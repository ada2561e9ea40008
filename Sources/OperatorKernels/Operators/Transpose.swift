import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let transpose = OperatorEntry("Transpose") { attributes throws(SpecificationError) in
    Transpose(order: try attributes.integers("perm"))
  }
}

/// The same elements with axes in another order; reversed where none is given.
struct Transpose: OperatorKernel {
  static let kind = "Transpose"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous
  /// For each axis of the result, that of the input.
  let order: [Int]?

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), order = order(data.shape)
    guard order.count == data.shape.rank, order.sorted() == Array(0..<order.count) else {
      throw SpecificationError("Transpose cannot order the axes of \(data.shape) as \(order)", hint: damagedFile)
    }
    return [ValueType(data.type.element, try TensorShape(order.map { data.shape[$0] }))]
  }

  private func order(_ shape: TensorShape) -> [Int] { order ?? Array((0..<shape.rank).reversed()) }

  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? {
    guard let place = inputs[0], let (axis, step) = place.axis(in: shapes[0]),
      let target = order(shapes[0]).firstIndex(of: axis)
    else { return nil }
    return SamplePlace(count: place.count, inner: step * result.extents[(target + 1)...].reduce(1, *))
  }

  private func walk(_ source: TensorShape, _ target: TensorShape) -> StridedWalk {
    let strides = source.strides
    return StridedWalk(filling: target, source: order(source).map { strides[$0] })
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0), target = call.outputs[0]
    walk(source.shape, target.shape).copy(
      source.memory, to: target.memory, bytes: target.elementBytes, team: call.team)
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    // The inverse order, so that writes are contiguous.
    let source = call.outputs[0].shape, own = call.input(0).shape, strides = source.strides
    var inverse = [Int](repeating: 0, count: own.rank)
    for (place, axis) in order(own).enumerated() { inverse[axis] = strides[place] }
    StridedWalk(filling: own, source: inverse).copy(g, to: target, bytes: 4, team: call.team)
  }
}
