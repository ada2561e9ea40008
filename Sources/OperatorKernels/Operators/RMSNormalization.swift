import NetworkGraph

extension OperatorEntry {
  static let rmsNormalization = OperatorEntry("RMSNormalization") { attributes throws(SpecificationError) in
    RMSNormalization(
      axis: try attributes.integer("axis", -1), epsilon: try attributes.epsilon(of: RMSNormalization.kind))
  }
}

/// `gain x / sqrt(mean of x^2 + epsilon)`, with the mean over the axes from `axis` on.
public struct RMSNormalization: OperatorKernel {
  public static let kind = "RMSNormalization"
  public let traits: OperatorTraits = [.normalizes]
  public let scaleLaw = ScaleLaw.invariant
  public let epsilon: Double
  let rows: RowNormalization

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - axis: The first axis that is normalized.
  ///   - epsilon: What is added to the mean square.
  public init(axis: Int = -1, epsilon: Double = 1e-5) {
    self.epsilon = epsilon
    rows = RowNormalization(kind: Self.kind, axis: axis, epsilon: epsilon, isCentered: false)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    _ = try rows.check(inputs, parameters: 1..<2)
    return [try inputs.float(0, of: Self.kind).type]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    rows.requirements(inputs)
  }

  public func forward(_ call: ForwardCall) { rows.forward(call, shift: nil) }

  public func backward(_ call: BackwardCall) { rows.backward(call) }
}
