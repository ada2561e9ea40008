import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let add = OperatorEntry("Add") { _ throws(SpecificationError) in Addition() }
}

/// `a + b`, elements of repeated axes taken again and again; float32 or int64.
public struct Addition: OperatorKernel {
  public static let kind = "Add"
  public let traits: OperatorTraits = [.sums, .joins]
  public let theory = LayerTheory.sum
  public let scaleLaw = ScaleLaw.aligned

  public init() {}

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let (a, b) = try inputs.pair(of: Self.kind)
    return [ValueType(a.type.element, try a.shape.broadcast(with: b.shape))]
  }

  public func forward(_ call: ForwardCall) {
    let (a, b) = call.pair, target = call.outputs[0]
    switch target.type.element {
    case .float32: BinaryPass.run(call, initscope_pair_sum)
    case .int64: BinaryPass.run(call, a.integers, b.integers, into: target.integers) { $0 &+ $1 }
    case .bool: preconditionFailure("bool tensors are not added")
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let gradient = call.outputGradients[0] else { return }
    for (place, target) in call.inputGradients.enumerated() {
      guard let target, let input = call.inputs[place] else { continue }
      Broadcasting.reduce(gradient, from: call.outputs[0].shape, to: input.shape, into: target)
    }
  }
}
