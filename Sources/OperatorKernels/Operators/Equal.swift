import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let equal = OperatorEntry("Equal") { _ throws(SpecificationError) in
    BinaryOperator(
      "Equal", traits: [.elementwise, .discrete], law: .aligned, elements: [.float32, .int64, .bool], result: .bool,
      outputScale: { _, _ in 0 },
      pass: { call in
        let (a, b) = call.pair, target = call.outputs[0].bools
        switch a.type.element {
        case .int64: BinaryPass.run(call, a.integers, b.integers, into: target) { $0 == $1 ? 1 : 0 }
        case .float32: BinaryPass.run(call, a.floats, b.floats, into: target) { $0 == $1 ? 1 : 0 }
        case .bool: BinaryPass.run(call, a.bools, b.bools, into: target) { ($0 != 0) == ($1 != 0) ? 1 : 0 }
        }
      })
  }
}
