import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// x where it is positive, else x times a slope; slopes are repeated to x's shape.
  static let pRelu = OperatorEntry("PRelu") { _ throws(SpecificationError) in PRelu() }
}

/// x where it is positive, else x times a slope that is learned; slopes are repeated to x's shape.
struct PRelu: OperatorKernel {
  static let kind = "PRelu"
  let traits: OperatorTraits = [.elementwise, .activates]
  let scaleLaw = ScaleLaw.homogeneous

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let (x, slope) = try inputs.pair(of: Self.kind)
    guard x.type.element != .bool, try x.shape.broadcast(with: slope.shape) == x.shape else {
      throw SpecificationError("PRelu cannot repeat slopes of \(slope.shape) to \(x.shape)", hint: damagedFile)
    }
    return [x.type]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(
      backwardWorkspace: BinaryGradient.workspace(inputs: inputs, output: outputs[0]), readsInputs: [0, 1])
  }

  func forward(_ call: ForwardCall) {
    let (x, slope) = call.pair, target = call.outputs[0]
    if target.type.element == .int64 {
      BinaryPass.run(call, x.integers, slope.integers, into: target.integers) { $0 > 0 ? $0 : $0 &* $1 }
    } else {
      BinaryPass.run(call, x.floats, slope.floats, into: target.floats) { $0 > 0 ? $0 : $0 * $1 }
    }
  }

  func backward(_ call: BackwardCall) {
    BinaryGradient.write(call, 0) { g, x, slope in x > 0 ? g : chained(g, slope) }
    BinaryGradient.write(call, 1) { g, x, _ in x > 0 ? 0 : chained(g, x) }
  }
}
