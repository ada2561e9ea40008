import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let size = OperatorEntry("Size") { _ throws(SpecificationError) in Size() }
}

/// The number of elements of a tensor.
struct Size: OperatorKernel {
  static let kind = "Size"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute
  let dependsOnTypesAlone = true

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales { OperatorScales(inputs: exponents, output: 0) }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    _ = try inputs.required(0, of: Self.kind)
    return [ValueType(.int64, TensorShape())]
  }

  func forward(_ call: ForwardCall) { call.outputs[0].integers[0] = Int64(call.input(0).count) }
}
