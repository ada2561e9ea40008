import Diagnosis
import NetworkGraph
import Testing

/// Networks that recommendations are verified on: the same layers, and what the remedy adds.
@Suite struct NetworkChangeTests {
  @Test func normalizationStandsBetweenALayerAndItsActivation() throws {
    let network = try Examined.mlp(depth: 2, width: 8, .tanh)
    let changed = try #require(NetworkChange.normalized(network))
    #expect(changed.nodes.map(\.name) == ["dense_1", "dense_1_norm", "dense_2", "dense_2_norm", "dense_3"])
    #expect(changed.nodes.map(\.layer.kind) == ["dense", "layer_norm", "dense", "layer_norm", "dense"])
    #expect(changed.nodes.map(\.layer.activation.entry.name) == ["identity", "tanh", "identity", "tanh", "identity"])
    #expect(changed.nodes[4].inputs == ["dense_2_norm"])
    #expect(NetworkChange.normalized(changed) == nil)
  }

  @Test func aSkipGoesAroundEveryLayerThatKeepsItsShape() throws {
    let network = try Examined.mlp(depth: 3, width: 8, inputs: 5, .relu)
    let changed = try #require(NetworkChange.skipped(network))
    #expect(
      changed.nodes.map(\.name) == ["dense_1", "dense_2", "dense_2_sum", "dense_3", "dense_3_sum", "dense_4"])
    #expect(changed.nodes[2].inputs == ["dense_1", "dense_2"])
    #expect(changed.nodes[3].inputs == ["dense_2_sum"])
    #expect(changed.nodes[4].inputs == ["dense_2_sum", "dense_3"])
    #expect(NetworkChange.skipped(changed) == nil)
  }

  /// An output layer has no skip, though it keeps its shape.
  @Test func theOutputHasNoSkip() throws {
    let network = try Network(input: .features(8)) {
      Dense(8, activation: .relu).repeated(2); Dense(8)
    }
    let changed = try #require(NetworkChange.skipped(network))
    #expect(changed.nodes.map(\.name) == ["dense_1", "dense_2", "dense_2_sum", "dense_3"])
  }

  @Test func aSkipEndsAfterTheNormalization() throws {
    let normalized = try #require(NetworkChange.normalized(try Examined.mlp(depth: 2, width: 8, .relu)))
    let changed = try #require(NetworkChange.skipped(normalized))
    #expect(changed.nodes.map(\.name).suffix(4) == ["dense_2", "dense_2_norm", "dense_2_norm_sum", "dense_3"])
    #expect(changed.nodes.first { $0.name == "dense_2_norm_sum" }?.inputs == ["dense_1_norm", "dense_2_norm"])
  }

  /// Hidden biases of dense and convolutional layers, whatever filled them; the output's and missing ones stay.
  @Test func hiddenBiasesAreDrawn() throws {
    let network = try Network(input: .image(channels: 1, height: 8, width: 8)) {
      Conv2D(4, kernel: 3, activation: .gelu)
      Conv2D(4, kernel: 3, activation: .gelu, hasBias: false)
      Flatten()
      Dense(8, activation: .gelu, bias: .ones)
      Dense(3)
    }
    let bias = try Initializer(parsingBias: "normal(std=0.41584)")
    let changed = try #require(NetworkChange.withBiases(network, bias))
    let named = changed.nodes.map { $0.parameters.first { $0.role == .bias }?.initializer?.description }
    #expect(named == ["normal(std=0.41584)", nil, nil, "normal(std=0.41584)", nil])
    #expect(changed.nodes.map(\.shape) == network.nodes.map(\.shape))
    #expect(NetworkChange.withBiases(try Network(input: .features(4)) { Dense(3) }, bias) == nil)
  }

  @Test func biasesAreZeroedWhereThereAreAny() throws {
    #expect(NetworkChange.withoutBiases(try Examined.mlp(depth: 2, width: 8, .relu)) == nil)
    let changed = try #require(
      NetworkChange.withoutBiases(try Examined.mlp(depth: 2, width: 8, .relu, bias: "normal(std=0.1)")))
    #expect((changed.nodes[0].layer as? Dense)?.bias == .zeros)
  }
}
