import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let identity = OperatorEntry("Identity") { _ throws(SpecificationError) in Identity() }
}

/// The same tensor again.
struct Identity: OperatorKernel {
  static let kind = "Identity"
  let traits: OperatorTraits = [.elementwise, .permutes]
  let scaleLaw = ScaleLaw.homogeneous

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [try inputs.required(0, of: Self.kind).type]
  }

  func forward(_ call: ForwardCall) { call.copyThrough() }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
