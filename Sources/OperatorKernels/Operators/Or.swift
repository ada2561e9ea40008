import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let or = OperatorEntry("Or") { _ throws(SpecificationError) in
    BinaryOperator(
      "Or", traits: [.elementwise, .discrete], law: .absolute, elements: [.bool],
      pass: { call in
        let (a, b) = call.pair
        BinaryPass.run(call, a.bools, b.bools, into: call.outputs[0].bools) { $0 | $1 }
      })
  }
}
