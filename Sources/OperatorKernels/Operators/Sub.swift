import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let sub = OperatorEntry("Sub") { _ throws(SpecificationError) in
    BinaryOperator(
      "Sub", traits: [.sums], law: .aligned, readsInputs: false,
      pass: { call in
        let (a, b) = call.pair, target = call.outputs[0]
        if target.type.element == .int64 {
          BinaryPass.run(call, a.integers, b.integers, into: target.integers) { $0 &- $1 }
        } else {
          BinaryPass.run(call, initscope_pair_difference)
        }
      },
      gradient: { call in
        guard let g = call.outputGradients[0] else { return }
        let result = call.outputs[0].shape
        if let target = call.target(0) { Broadcasting.reduce(g, from: result, to: call.input(0).shape, into: target) }
        if let target = call.target(1) {
          Broadcasting.reduce(g, from: result, to: call.input(1).shape, into: target)
          Elementwise.scale(target, by: -1, count: call.input(1).count)
        }
      })
  }
}
