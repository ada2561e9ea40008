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
          BinaryPass.run(call, a.floats, b.floats, into: target.floats) { $0 * $1 }
        }
      },
      gradient: { call in
        BinaryGradient.write(call, 0) { g, _, b in chained(g, b) }
        BinaryGradient.write(call, 1) { g, a, _ in chained(g, a) }
      })
  }
}
