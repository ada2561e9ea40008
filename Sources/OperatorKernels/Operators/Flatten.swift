import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let flatten = OperatorEntry("Flatten") { attributes throws(SpecificationError) in
    Flatten(axis: try attributes.integer("axis", 1))
  }
}

/// A matrix of the same elements: axes before `axis` are its rows, the others its columns.
struct Flatten: OperatorKernel {
  static let kind = "Flatten"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous
  let axis: Int

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), shape = data.shape
    guard axis >= -shape.rank, axis <= shape.rank else {
      throw SpecificationError("Flatten cannot cut \(shape) at axis \(axis)", hint: damagedFile)
    }
    let cut = axis < 0 ? axis + shape.rank : axis
    return [ValueType(data.type.element, try TensorShape([shape.count(of: 0..<cut), shape.count(of: cut..<shape.rank)]))]
  }

  /// Elements stay in their order.
  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? { inputs[0] }

  func forward(_ call: ForwardCall) { call.copyThrough() }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
