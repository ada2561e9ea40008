import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let squeeze = OperatorEntry("Squeeze") { attributes throws(SpecificationError) in
    Squeeze(axes: attributes.version < 13 ? try attributes.integers("axes") : nil)
  }
}

/// The same elements without the named axes, whose extents must be 1; without all such axes where none is named.
struct Squeeze: OperatorKernel {
  static let kind = "Squeeze"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous
  /// The attribute of operator sets before 13; nil where axes are the second input, or left out.
  let axes: [Int]?

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), shape = data.shape
    var dropped = Set(shape.extents.indices.filter { shape[$0] == 1 })
    if let named = try inputs.integers(1, of: Self.kind, orAttribute: axes) {
      let axes = try shape.axes(named, of: Self.kind)
      for axis in axes where shape[axis] != 1 {
        throw SpecificationError("Squeeze cannot drop axis \(axis) of \(shape): its extent is not 1", hint: damagedFile)
      }
      dropped = Set(axes)
    }
    let kept = shape.extents.indices.filter { !dropped.contains($0) }.map { shape[$0] }
    return [ValueType(data.type.element, try TensorShape(kept))]
  }

  /// Elements stay in their order.
  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? { inputs[0] }

  func forward(_ call: ForwardCall) { call.copyThrough() }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
