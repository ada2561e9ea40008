import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let unsqueeze = OperatorEntry("Unsqueeze") { attributes throws(SpecificationError) in
    Unsqueeze(axes: attributes.version < 13 ? try attributes.integers("axes") : nil)
  }
}

/// The same elements with axes of extent 1 put in; axes are counted in the result.
struct Unsqueeze: OperatorKernel {
  static let kind = "Unsqueeze"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous
  /// The attribute of operator sets before 13; nil where axes are the second input.
  let axes: [Int]?

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard let named = try inputs.integers(1, of: Self.kind, orAttribute: axes) else {
      throw SpecificationError("Unsqueeze needs axes, which the node leaves out", hint: damagedFile)
    }
    // The result's rank counts, whatever its extents.
    let rank = data.shape.rank + named.count
    var isNew = [Bool](repeating: false, count: rank)
    for axis in named {
      guard axis >= -rank, axis < rank, !isNew[axis < 0 ? axis + rank : axis] else {
        throw SpecificationError("Unsqueeze cannot put axes \(named) into \(data.shape)", hint: damagedFile)
      }
      isNew[axis < 0 ? axis + rank : axis] = true
    }
    var rest = data.shape.extents[...]
    return [ValueType(data.type.element, try TensorShape(isNew.map { $0 ? 1 : rest.popFirst() ?? 1 }))]
  }

  /// Elements stay in their order.
  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? { inputs[0] }

  func forward(_ call: ForwardCall) { call.copyThrough() }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
