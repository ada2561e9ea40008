import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let not = OperatorEntry("Not") { _ throws(SpecificationError) in Not() }
}

/// The opposite of each bool.
struct Not: OperatorKernel {
  static let kind = "Not"
  let traits: OperatorTraits = [.elementwise, .discrete]
  let scaleLaw = ScaleLaw.absolute

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let facts = try inputs.required(0, of: Self.kind)
    guard facts.type.element == .bool else {
      throw SpecificationError("Not takes bools, got \(facts.type.element.rawValue)", hint: damagedFile)
    }
    return [facts.type]
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0).bools, target = call.outputs[0].bools
    for i in 0..<call.outputs[0].count { target[i] = source[i] == 0 ? 1 : 0 }
  }
}
