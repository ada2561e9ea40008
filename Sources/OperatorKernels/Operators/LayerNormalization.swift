import NetworkGraph

extension OperatorEntry {
  static let layerNormalization = OperatorEntry("LayerNormalization") { attributes throws(SpecificationError) in
    let kind = LayerNormalization.kind
    return LayerNormalization(
      axis: try attributes.integer("axis", -1), epsilon: try attributes.epsilon(of: kind),
      resultCount: Swift.max(1, Swift.min(3, attributes.outputCount)))
  }
}

/// `gain (x - mean) / sqrt(variance + epsilon) + shift`, with mean and variance over the axes from `axis` on.
///
/// Further results are the mean and 1 / deviation.
///
/// Moments are summed in Double whatever `stash_type` says, which only names the type of the further results.
public struct LayerNormalization: OperatorKernel {
  public static let kind = "LayerNormalization"
  public let traits: OperatorTraits = [.normalizes]
  public var theory: LayerTheory {
    rows.axis == -1 || rows.axis == 1 ? .normalization(over: .layer, epsilon: epsilon) : .unknown(.kind)
  }
  /// Mean and deviation as results have the input's scale, so that it must be the true one.
  public var scaleLaw: ScaleLaw { resultCount == 1 ? .invariant : .absolute }
  public let epsilon: Double
  let rows: RowNormalization
  let resultCount: Int

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - axis: The first axis that is normalized.
  ///   - epsilon: What is added to the variance.
  ///   - resultCount: 1, or 2 with the mean, or 3 with 1 / deviation as well.
  public init(axis: Int = -1, epsilon: Double = 1e-5, resultCount: Int = 1) {
    self.epsilon = epsilon
    self.resultCount = resultCount
    rows = RowNormalization(kind: Self.kind, axis: axis, epsilon: epsilon, isCentered: true)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let statistics = ValueType(.float32, try rows.check(inputs, parameters: 1..<3))
    let x = try inputs.float(0, of: Self.kind).type
    return Array([x, statistics, statistics].prefix(resultCount))
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    rows.requirements(inputs)
  }

  public func forward(_ call: ForwardCall) {
    rows.forward(call, shift: call.optional(2))
  }

  public func backward(_ call: BackwardCall) { rows.backward(call) }
}
