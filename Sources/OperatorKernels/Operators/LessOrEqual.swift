import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let lessOrEqual = OperatorEntry("LessOrEqual") { _ throws(SpecificationError) in
    BinaryOperator(
      "LessOrEqual", traits: [.elementwise, .discrete], law: .aligned, result: .bool, outputScale: { _, _ in 0 },
      pass: { call in
        let (a, b) = call.pair, target = call.outputs[0].bools
        if a.type.element == .int64 {
          BinaryPass.run(call, a.integers, b.integers, into: target) { $0 <= $1 ? 1 : 0 }
        } else {
          BinaryPass.run(call, a.floats, b.floats, into: target) { $0 <= $1 ? 1 : 0 }
        }
      })
  }
}
