import Foundation
import NetworkGraph
import Testing

/// Layers on sequences: shapes, parameters with their fans, fields and refusals.
@Suite struct SequenceLayerTests {
  static let sequence = Shape.sequence(steps: 20, features: 6)

  static let layers: [(layer: any Layer, input: Shape, output: Shape, counts: [Int])] = [
    (Embedding(vocabulary: 50, dimension: 8), .features(20), .sequence(steps: 20, features: 8), [400]),
    (
      Embedding(vocabulary: 1 << 24, dimension: 1, weights: .glorotUniform), .features(3), .sequence(steps: 3, features: 1),
      [1 << 24]
    ),
    (SimpleRNN(5), sequence, .features(5), [30, 25, 5]),
    (
      SimpleRNN(5, cell: .relu, returns: .sequence, recurrent: .identity, hasBias: false), sequence,
      .sequence(steps: 20, features: 5), [30, 25]
    ),
    (LSTM(5), sequence, .features(5), [120, 100, 20]),
    (
      LSTM(5, returns: .sequence, forgetBias: -0.25, weights: .heNormal, bias: .constant(0.5)), sequence,
      .sequence(steps: 20, features: 5), [120, 100, 20]
    ),
    (GRU(5), sequence, .features(5), [90, 75, 15, 15]),
    (GRU(5, returns: .sequence, hasBias: false), sequence, .sequence(steps: 20, features: 5), [90, 75]),
    (LastStep(), sequence, .features(6), []), (Softmax(), sequence, sequence, []),
    (Reverse(), sequence, sequence, []),
    (Softmax(), .features(3), .features(3), []),
    (SelfAttention(), sequence, sequence, [36, 36, 36, 36, 6, 6, 6, 6]),
    (
      SelfAttention(heads: 3, isCausal: true, weights: .orthogonal, hasBias: false), sequence, sequence, [36, 36, 36, 36]
    ),
    (SelfAttention(heads: 2, bias: .constant(0.5)), sequence, sequence, [36, 36, 36, 36, 6, 6, 6, 6]),
  ]

  @Test(arguments: layers.indices) func shapesAndParameters(index: Int) throws {
    let (layer, input, output, counts) = Self.layers[index]
    #expect(try layer.outputShape(from: [input]) == output)
    let parameters = layer.parameters(from: [input])
    #expect(parameters.map(\.count) == counts)
    #expect(Set(parameters.map(\.name)).count == counts.count, "names differ")
    #expect(layer.activation == .identity)
  }

  @Test(arguments: layers.indices) func fieldsReadBack(index: Int) throws {
    let (layer, input, _, _) = Self.layers[index]
    let entry = try #require(LayerCatalogue.entry(layer.kind))
    let copy = try entry.layer(from: layer.fields)
    #expect(copy.fields == layer.fields)
    #expect(copy.parameters(from: [input]) == layer.parameters(from: [input]))
    #expect(try copy.outputShape(from: [input]) == layer.outputShape(from: [input]))
  }

  @Test func defaultsAreNotWritten() {
    #expect(LSTM(5).fields.values == ["units": "5"])
    #expect(GRU(5, bias: .constant(0.5)).fields.values == ["units": "5", "bias": "constant(value=0.5)"])
    #expect(
      LSTM(5, returns: .sequence, forgetBias: 2).fields.values == [
        "units": "5", "return": "sequence", "forget_bias": "2",
      ])
    #expect(SelfAttention().fields.values.isEmpty)
  }

  /// Each gate is a matrix of its own; PyTorch's and Keras's functions see all of them as one.
  @Test(arguments: [(LSTM(5) as any Layer, 4), (GRU(5), 3), (SimpleRNN(5), 1)])
  func fansAreThoseOfOneGate(layer: any Layer, gates: Int) {
    let parameters = layer.parameters(from: [Self.sequence])
    #expect(parameters.map(\.name).prefix(3) == ["weight", "recurrent", "bias"])
    let (input, state) = (parameters[0].shape, parameters[1].shape)
    #expect(input == WeightShape(outputs: 5, inputs: 6, copies: gates))
    #expect(input.fans == Fans(fanIn: 6, fanOut: 5))
    #expect(input.torchFans == Fans(fanIn: 6, fanOut: 5 * gates))
    #expect(state.fans == Fans(fanIn: 5, fanOut: 5))
    #expect(input.rows == 5 * gates)
    #expect(layer.weightShape(from: [Self.sequence]) == input)
    #expect(parameters[0].initializer == nil)
    #expect(parameters[1].initializer == .orthogonal)
  }

  /// Moments of structured laws are those of one copy: an orthogonal 5 x 5 gate has variance 1/5, not 1/20.
  @Test func structuredLawsTakeOneCopy() throws {
    let shape = WeightShape(outputs: 5, inputs: 5, copies: 4)
    #expect(shape.copy == WeightShape(outputs: 5, inputs: 5))
    for specification in [Initializer.orthogonal(gain: 1.5), .sparse(fraction: 0.5), .identity(gain: 2), .deltaOrthogonal] {
      let law = specification.law(for: shape)
      #expect(law == specification.law(for: shape.copy))
      #expect(law.variance(shape) == law.variance(shape.copy))
      #expect(law.mean(shape) == law.mean(shape.copy))
    }
    #expect(try JSONDecoder().decode(WeightShape.self, from: JSONEncoder().encode(shape)) == shape)
    let plain = try JSONDecoder().decode(WeightShape.self, from: Data(#"{"outputs": 5, "inputs": 5}"#.utf8))
    #expect(plain == shape.copy)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(WeightShape.self, from: Data(#"{"outputs": 5, "inputs": 5, "copies": 0}"#.utf8))
    }
    #expect(abs((Initializer.orthogonal.law(for: shape).variance(shape) ?? 0) - 0.2) < 1e-15)
  }

  /// Keras's glorot_uniform of an embedding: variance 2 / (vocabulary + dimension), bound sqrt(6 / the same sum).
  @Test func embeddingHasTheFansOfItsTable() throws {
    let layer = Embedding(vocabulary: 10_000, dimension: 32)
    let shape = try #require(layer.weightShape(from: [.features(200)]))
    #expect(shape.fans == Fans(fanIn: 32, fanOut: 10_000))
    let bound = (6.0 / 10_032).squareRoot()
    for name in ["glorot_uniform", "keras.glorot_uniform"] {
      let range = try #require(Initializer(parsing: name).law(for: shape).bounds(shape))
      #expect(abs(range.upperBound / bound - 1) < 1e-14)
    }
  }

  @Test(arguments: [
    (
      "embedding", ["vocabulary": "5"],
      "an embedding layer needs vocabulary and dimension. Write embedding: {vocabulary: 10000, dimension: 32}"
    ),
    ("embedding", ["vocabulary": "0", "dimension": "3"], "vocabulary must lie in 1...16777216, got 0"),
    ("embedding", ["vocabulary": "9", "dimension": "-3"], "dimension must lie in 1...1048576, got -3"),
    ("lstm", [:], "a layer of kind lstm needs units. Write lstm: 32, or lstm: {units: 32, ...}"),
    ("lstm", ["units": "0"], "units must lie in 1...1048576, got 0"),
    ("lstm", ["units": "3", "return": "lst"], "return must be last or sequence, got 'lst'. Did you mean `last`?"),
    ("lstm", ["units": "3", "forget_bias": "nan"], "forget_bias must be a number in -100...100, got 'nan'"),
    ("lstm", ["units": "3", "forget_bias": "1e9"], "forget_bias must be a number in -100...100, got '1e9'"),
    ("lstm", ["units": "3", "recurrent": "orthogonl"], "there is no initializer `orthogonl`. Did you mean `orthogonal`?"),
    ("gru", ["units": "x"], "units must be a whole number in 1...1048576, got 'x'"),
    (
      "gru", ["units": "3", "forget_bias": "1"],
      "a layer of kind gru has no field `forget_bias`. It has units, return, weights, recurrent, bias"
    ),
    ("simple_rnn", ["units": "3", "cell": "sigmoid"], "cell must be tanh or relu, got 'sigmoid'"),
    ("self_attention", ["heads": "0"], "heads must lie in 1...4096, got 0"),
    ("self_attention", ["causal": "maybe"], "causal must be true or false, got 'maybe'"),
    ("softmax", ["axis": "1"], "a layer of kind softmax has no field `axis`. It has none"),
    ("last_step", ["step": "1"], "a layer of kind last_step has no field `step`. It has none"),
  ])
  func badFieldsAreRefused(kind: String, values: [String: String], message: String) throws {
    let entry = try #require(LayerCatalogue.entry(kind))
    let error = #expect(throws: SpecificationError.self) { try entry.layer(from: LayerFields(values)) }
    #expect(error?.description == message)
  }

  @Test func aBiasTakesNoMatrixInitializer() throws {
    for kind in ["simple_rnn", "lstm", "gru", "self_attention"] {
      let entry = try #require(LayerCatalogue.entry(kind))
      let fields = LayerFields(["bias": "orthogonal"].merging(kind == "self_attention" ? [:] : ["units": "3"]) { $1 })
      #expect(throws: SpecificationError.self) { try entry.layer(from: fields) }
    }
  }

  @Test func wrongShapesAreRefused() {
    func refusal(_ layer: any Layer, _ inputs: Shape...) -> String? {
      do {
        _ = try layer.outputShape(from: inputs)
        return nil
      } catch {
        return error.description
      }
    }
    let image = Shape.image(channels: 1, height: 4, width: 4)
    #expect(
      refusal(Embedding(vocabulary: 5, dimension: 2), Self.sequence)
        == "an embedding layer takes a vector of token ids, got a signal of shape 20 x 6. "
        + "Put it first, behind an input of as many features as a text has tokens")
    #expect(
      refusal(Embedding(vocabulary: 5, dimension: 1 << 20), .features(17))
        == "a sample of 17 x 1048576 values is too large. At most 16777216 are allowed")
    for layer in [SimpleRNN(3), LSTM(3), GRU(3), LastStep(), SelfAttention()] as [any Layer] {
      #expect(
        refusal(layer, .features(7))
          == "a layer of kind \(layer.kind) takes a sequence (steps x features), got a signal of shape 7. "
          + "Give input: [steps, features], or put an embedding before it")
      #expect(refusal(layer, Self.sequence, Self.sequence) == "a layer of kind \(layer.kind) takes one input, got 2")
    }
    #expect(
      refusal(LSTM(1 << 20), .sequence(steps: 17, features: 1))
        == "a sample of 17 x 1048576 values is too large. At most 16777216 are allowed")
    #expect(
      refusal(SelfAttention(heads: 4), Self.sequence)
        == "4 heads do not divide 6 features. Choose heads among the divisors of the number of features")
    #expect(
      refusal(SelfAttention(), .sequence(steps: 32_769, features: 1))
        == "a self-attention layer takes at most 32768 steps, got 32769")
    #expect(refusal(Softmax(), image) == "a softmax layer takes features or a sequence, got a signal of shape 1 x 4 x 4")
    #expect(refusal(Softmax()) == "a softmax layer takes one input, got 0")
  }

  @Test func layersFollowOneAnother() throws {
    let network = try Network(input: .features(200)) {
      Embedding(vocabulary: 1000, dimension: 32)
      SelfAttention(heads: 4)
      LSTM(32, returns: .sequence)
      GRU(16)
      Dense(2)
      Softmax()
    }
    #expect(network.output == .features(2))
    #expect(network.nodes.map(\.name) == ["embedding_1", "self_attention_1", "lstm_1", "gru_1", "dense_1", "softmax_1"])
  }
}
