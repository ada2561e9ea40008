import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let and = OperatorEntry("And") { _ throws(SpecificationError) in
    BinaryOperator(
      "And", traits: [.elementwise, .discrete], law: .absolute, elements: [.bool],
      pass: { call in
        let (a, b) = call.pair
        BinaryPass.run(call, a.bools, b.bools, into: call.outputs[0].bools) { $0 & $1 }
      })
  }
}
