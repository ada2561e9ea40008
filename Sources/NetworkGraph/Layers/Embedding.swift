/// An embedding: looks up one vector per token in a table, `a_t = W[id_t]` with `W` of shape vocabulary x dimension.
///
/// Takes features(T), token ids as whole numbers 0 ..< vocabulary in floats, and gives sequence(T, dimension). An id is
/// rounded down and clamped to the table, and NaN counts as 0. Code that reads ids must check them, since the layer gives a
/// wrong row and no error.
///
/// The weights are outputs x inputs = vocabulary x dimension, as PyTorch has them. Fans therefore are fanIn = dimension,
/// fanOut = vocabulary: schemes that average them, `glorot_uniform` among them, give Keras's variance
/// 2 / (vocabulary + dimension); where Keras takes the fan-in alone, it means the vocabulary, and so do `keras.`
/// initializers.
public struct Embedding: Layer {
  public static let kind = "embedding"
  public var traits: OperatorTraits { [.readsTokens] }
  public var theory: LayerTheory { .unknown(.kind) }
  /// The allowed numbers of tokens; Float holds every whole number up to the largest.
  public static let vocabularyRange = 1...(1 << 24)
  public static let dimensionRange = 1...(1 << 20)

  public var vocabulary: Int
  public var dimension: Int
  /// The initializer of the table; nil to use the audit's.
  public var weights: Initializer?
  public var activation: Activation { .identity }

  /// A table of `vocabulary` vectors of `dimension` values.
  public init(vocabulary: Int, dimension: Int, weights: Initializer? = nil) {
    precondition(Embedding.vocabularyRange.contains(vocabulary), "an embedding has 1 to 2^24 tokens, got \(vocabulary)")
    precondition(Embedding.dimensionRange.contains(dimension), "an embedding has 1 to 2^20 dimensions, got \(dimension)")
    self.vocabulary = vocabulary
    self.dimension = dimension
    self.weights = weights
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1, let input = inputs.first else {
      throw SpecificationError("an embedding layer takes one input, got \(inputs.count)")
    }
    guard case .features(let steps) = input else {
      throw SpecificationError(
        "an embedding layer takes a vector of token ids, got a signal of shape \(input)",
        hint: "Put it first, behind an input of as many features as a text has tokens")
    }
    return try Shape(dimensions: [steps, dimension])
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    let shape = WeightShape(outputs: vocabulary, inputs: dimension)
    return [ParameterTensor(role: .weight, shape: shape, count: shape.count, initializer: weights, use: .table)]
  }

  public func withoutNamedWeights() -> any Layer {
    var layer = self
    layer.weights = nil
    return layer
  }

  public var fields: LayerFields {
    var fields = LayerFields(["vocabulary": String(vocabulary), "dimension": String(dimension)])
    fields.values["weights"] = weights?.description
    return fields
  }
}

extension Embedding: NetworkPart {}

extension LayerEntry {
  static let embedding = LayerEntry(
    kind: Embedding.kind, summary: "Table of vectors, one per token id.", shorthand: nil,
    fields: [
      ("vocabulary", "number of token ids"), ("dimension", "values of a token's vector"),
      ("weights", "initializer spec, default: the audit's"),
    ]
  ) { fields throws(SpecificationError) in
    guard let vocabulary = try fields.integer("vocabulary", in: Embedding.vocabularyRange),
      let dimension = try fields.integer("dimension", in: Embedding.dimensionRange)
    else {
      throw SpecificationError(
        "an embedding layer needs vocabulary and dimension", hint: "Write embedding: {vocabulary: 10000, dimension: 32}")
    }
    return Embedding(vocabulary: vocabulary, dimension: dimension, weights: try fields.initializer("weights"))
  }
}
