import NetworkGraph

extension OperatorEntry {
  static let instanceNormalization = OperatorEntry("InstanceNormalization") { attributes throws(SpecificationError) in
    InstanceNormalization(epsilon: try attributes.epsilon(of: InstanceNormalization.kind))
  }
}

/// `gain (x - mean) / sqrt(variance + epsilon) + shift`, with mean and variance of each channel of each sample.
public struct InstanceNormalization: OperatorKernel {
  public static let kind = "InstanceNormalization"
  public let traits: OperatorTraits = [.normalizes]
  public let scaleLaw = ScaleLaw.invariant
  public let epsilon: Double

  /// Makes the operator.
  ///
  /// - Parameter epsilon: What is added to the variance.
  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  private func pass(_ shape: TensorShape) -> GroupPass { GroupPass(shape, groups: shape[1], sharesParameters: false) }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [try GroupPass.check(inputs, groups: nil, sharesParameters: false, of: Self.kind)]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    pass(outputs[0].shape).requirements
  }

  public func forward(_ call: ForwardCall) {
    pass(call.outputs[0].shape).forward(call, epsilon: epsilon)
  }

  public func backward(_ call: BackwardCall) { pass(call.outputs[0].shape).backward(call, epsilon: epsilon) }
}
