/// Multi-head scaled dot-product self-attention (Vaswani 2017, section 3.2), on sequence(T, F):
///
///     Q = x W_q^T + b_q,  K = x W_k^T + b_k,  V = x W_v^T + b_v
///     head_j = softmax(Q_j K_j^T / sqrt(F / heads)) V_j,    a = [head_1 ... head_heads] W_o^T + b_o
///
/// Q_j is the j-th block of F / heads columns, and the softmax runs over the steps that a step attends to: all of them, or
/// where ``isCausal`` itself and those before it. All four weights are F x F, outputs x inputs: the parameters `query`,
/// `key`, `value`, `output`, then their biases `query_bias`, ...
public struct SelfAttention: Layer {
  public static let kind = "self_attention"
  public var traits: OperatorTraits { [.contracts, .attends] }
  public var theory: LayerTheory { .unknown(.kind) }
  public static let headRange = 1...4096
  /// The most steps that a sequence may have: a sample's attention weights are heads x steps x steps.
  public static let largestStepCount = 1 << 15

  public var heads: Int
  public var isCausal: Bool
  /// The initializer of all four weight matrices; nil to use the audit's.
  public var weights: Initializer?
  /// The initializer of the biases; nil for zeros, or what the audit's initializer says.
  public var bias: Initializer?
  public var hasBias: Bool
  public var activation: Activation { .identity }

  /// Self-attention of `heads` heads, at least 1 and at most 4096.
  public init(
    heads: Int = 1, isCausal: Bool = false, weights: Initializer? = nil, bias: Initializer? = nil, hasBias: Bool = true
  ) {
    precondition(Self.headRange.contains(heads), "a self-attention layer has \(Self.headRange) heads, got \(heads)")
    precondition(
      bias.map { InitializerCatalogue.biases.entry(named: $0.entry.name) != nil } ?? true,
      "\(bias.map(\.description) ?? "") needs a matrix and cannot fill a bias")
    self.heads = heads
    self.isCausal = isCausal
    self.weights = weights
    self.bias = bias
    self.hasBias = hasBias
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    let (steps, features) = try sequenceExtents(inputs, kind: kind)
    guard features.isMultiple(of: heads) else {
      throw SpecificationError(
        "\(heads) heads do not divide \(features) features",
        hint: "Choose heads among the divisors of the number of features")
    }
    guard steps <= Self.largestStepCount else {
      throw SpecificationError("a self-attention layer takes at most \(Self.largestStepCount) steps, got \(steps)")
    }
    return inputs[0]
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    let features = inputs[0].dimensions.last ?? 1
    let shape = WeightShape(outputs: features, inputs: features)
    let names = ["query", "key", "value", "output"]
    func use(_ part: Int) -> ParameterTensor.Use {
      part < 3 ? .projection(part: part, heads: heads) : .attentionOutput(heads: heads)
    }
    let matrices = names.enumerated().map {
      ParameterTensor(
        role: .weight, name: $1, shape: shape, count: shape.count, initializer: weights, use: use($0))
    }
    guard hasBias else { return matrices }
    return matrices
      + names.enumerated().map {
        ParameterTensor(
          role: .bias, name: $1 + "_bias", shape: shape, count: features, initializer: bias, use: use($0))
      }
  }

  public func withoutNamedWeights() -> any Layer {
    var layer = self
    layer.weights = nil
    return layer
  }

  public var fields: LayerFields {
    var fields = LayerFields()
    if heads != 1 { fields.values["heads"] = String(heads) }
    if isCausal { fields.values["causal"] = "true" }
    fields.values["weights"] = weights?.description
    fields.values["bias"] = hasBias ? bias?.description : "none"
    return fields
  }
}

extension SelfAttention: NetworkPart {}

extension LayerEntry {
  static let selfAttention = LayerEntry(
    kind: SelfAttention.kind, summary: "Multi-head scaled dot-product self-attention.", shorthand: "heads",
    fields: [
      ("heads", "number of heads, a divisor of the features, default 1"),
      ("causal", "true where a step sees none after it, default false"),
      ("weights", "initializer spec of all four matrices, default: the audit's"),
      ("bias", "initializer spec, or none for no biases, default: the audit's"),
    ]
  ) { fields throws(SpecificationError) in
    let hasBias = fields.values["bias"] != "none"
    return SelfAttention(
      heads: try fields.integer("heads", in: SelfAttention.headRange) ?? 1,
      isCausal: try fields.boolean("causal") ?? false, weights: try fields.initializer("weights"),
      bias: hasBias ? try fields.biasInitializer("bias") : nil, hasBias: hasBias)
  }
}
