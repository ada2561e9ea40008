import NetworkGraph

extension OperatorEntry {
  static let groupNormalization = OperatorEntry("GroupNormalization") { attributes throws(SpecificationError) in
    let groups = try attributes.integer("num_groups", 0)
    guard groups > 0 else {
      throw SpecificationError("GroupNormalization needs num_groups above 0, got \(groups)", hint: "Export the model again")
    }
    return GroupNormalization(
      groups: groups, epsilon: try attributes.epsilon(of: GroupNormalization.kind),
      sharesParameters: attributes.version < 21)
  }
}

/// `gain (x - mean) / sqrt(variance + epsilon) + shift`, with mean and variance of each group of channels of each sample.
public struct GroupNormalization: OperatorKernel {
  public static let kind = "GroupNormalization"
  public let traits: OperatorTraits = [.normalizes]
  public let scaleLaw = ScaleLaw.invariant
  public let groups: Int
  public let epsilon: Double
  /// Whether gain and shift have one value per group, as operator set 18 has it, rather than per channel.
  public let sharesParameters: Bool

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - groups: The number of groups.
  ///   - epsilon: What is added to the variance.
  ///   - sharesParameters: Whether gain and shift have one value per group rather than per channel.
  public init(groups: Int, epsilon: Double = 1e-5, sharesParameters: Bool = false) {
    self.groups = groups
    self.epsilon = epsilon
    self.sharesParameters = sharesParameters
  }

  private func pass(_ shape: TensorShape) -> GroupPass {
    GroupPass(shape, groups: groups, sharesParameters: sharesParameters)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [try GroupPass.check(inputs, groups: groups, sharesParameters: sharesParameters, of: Self.kind)]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    pass(outputs[0].shape).requirements
  }

  public func forward(_ call: ForwardCall) {
    pass(call.outputs[0].shape).forward(call, epsilon: epsilon)
  }

  public func backward(_ call: BackwardCall) { pass(call.outputs[0].shape).backward(call, epsilon: epsilon) }
}
