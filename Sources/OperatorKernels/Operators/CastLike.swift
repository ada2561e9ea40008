import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let castLike = OperatorEntry("CastLike") { _ throws(SpecificationError) in CastLike() }
}

/// The first tensor's numbers in the second's type.
struct CastLike: OperatorKernel {
  static let kind = "CastLike"
  let traits: OperatorTraits = [.elementwise, .permutes]
  let scaleLaw = ScaleLaw.homogeneous

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), like = try inputs.required(1, of: Self.kind)
    return [ValueType(like.type.element, data.shape)]
  }

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    // Integers and bools must be made of true values.
    let own = isFloat.count > 1 && isFloat[1] ? exponents[0] : 0
    return OperatorScales(inputs: exponents.indices.map { $0 == 0 ? own : exponents[$0] }, output: own)
  }

  func readsTypeAlone(ofInput input: Int) -> Bool { input == 1 }
  func carriesGradient(toInput input: Int) -> Bool { input == 0 }
  func forward(_ call: ForwardCall) { ElementConversion.run(call, bits: 64) }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
