import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let mul = OperatorEntry("Mul") { _ throws(SpecificationError) in
    BinaryOperator(
      "Mul", traits: [.elementwise], law: .product,
      pass: { call in
        let (a, b) = call.pair, target = call.outputs[0]
        if target.type.element == .int64 {
          BinaryPass.run(call, a.integers, b.integers, into: target.integers) { $0 &* $1 }
        } else {
          BinaryPass.run(call, initscope_pair_product)
        }
      },
      gradient: { call in
        BinaryGradient.writeProduct(call, 0)
        BinaryGradient.writeProduct(call, 1)
      })
  }
}
