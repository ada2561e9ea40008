import Foundation
import KerasFiles
import NetworkGraph
import TestSupport
import Testing

/// What becomes of the models of Fixtures/keras, and of configurations that have no counterpart.
@Suite struct KerasModelTests {
  static let names = ["mlp", "lenet", "mobile", "text", "recurrent", "transformer"]

  static func model(_ name: String) throws -> KerasModel {
    try KerasModel(path: Repository.fixtures.appending(path: "keras/\(name).keras").path)
  }

  struct Reference: Decodable {
    var trainable: Int
    var drawn: [String: Extent]
  }

  struct Extent: Decodable {
    var n: Int
    var mean: Double
    var secondMoment: Double
    var min: Double
    var max: Double
  }

  static func reference(_ name: String) throws -> Reference {
    let all = try JSONDecoder().decode(
      [String: Reference].self, from: Data(contentsOf: Repository.fixtures.appending(path: "keras/reference.json")))
    return try #require(all[name])
  }

  @Test(arguments: names) func hasAsManyParametersAsInKeras(_ name: String) throws {
    let network = try Self.model(name).network
    #expect(network.parameterCount == (try Self.reference(name).trainable))
    #expect(network.declaresInitializers)
  }

  /// The law that each tensor is declared to follow against what Keras drew: see Fixtures/keras/keras_models.py.
  ///
  /// The second moment of n independent values scatters by at most sqrt(2/n) of itself (a normal's; all others less), and 5
  /// deviations hold it but for 1e-6. Entries of an orthogonal or identity matrix have a fixed one.
  @Test(arguments: names) func declaresTheLawsThatKerasDraws(_ name: String) throws {
    let model = try Self.model(name), reference = try Self.reference(name)
    let assignment = try InitializerAssignment(initializer: .keras, network: model.network)
    var compared = 0
    for node in model.network.nodes {
      for tensor in node.parameters {
        let target = tensor.path(in: node.name)
        let weight = try #require(model.weights.first { $0.target == target })
        let drawn = try #require(reference.drawn.first { Self.belongs($0.key, to: weight) }, "\(target)")
        let law = assignment.law(for: tensor, of: node.name)
        let size = try #require(law.rootMeanSquare(tensor.shape))
        // Keras adds the forget gate's 1 to a quarter of the bias.
        let forget = (node.layer as? LSTM).map { tensor.role == .bias ? $0.forgetBias / 4 : 0 } ?? 0
        let expected = size * size + forget
        let allowed = 5 * (2 / Double(drawn.value.n)).squareRoot() * expected + 1e-12
        #expect(abs(drawn.value.secondMoment - expected) <= allowed, "\(target): \(law), Keras \(drawn.value)")
        if case .uniform(let low, let high) = law, forget == 0 {
          #expect(Float(drawn.value.min) >= Float(low) && Float(drawn.value.max) <= Float(high), "\(target): \(law)")
        }
        compared += 1
      }
    }
    #expect(compared == model.weights.count)
  }

  /// Whether Keras calls the array of a file by this path: `lstm/lstm_cell/kernel`.
  static func belongs(_ path: String, to weight: KerasWeight) -> Bool {
    let parts = path.split(separator: "/").map(String.init), words = weight.title.split(separator: " ").map(String.init)
    guard parts.last == words.last else { return false }
    // Wrapped layers are called by the one around them: both.forward is both/forward_gru.
    for name in weight.layer.split(separator: ".") {
      guard parts.contains(where: { $0 == name || ["forward", "backward"].contains(name) && $0.hasPrefix("\(name)_") })
      else {
        return false
      }
    }
    let part = words.count > 1 ? (words[0] == "output" ? "attention_output" : words[0]) : nil
    return part.map(parts.contains) ?? true
  }

  @Test func otherInitializersReplaceDeclaredWeights() throws {
    let network = try Self.model("recurrent").network
    let keras = try InitializerAssignment(initializer: .keras, network: network)
    let other = try InitializerAssignment(initializer: .heNormal, network: network)
    let rnn = network.nodes[0], lstm = try #require(network.nodes.first { $0.name == "lstm_1" })
    #expect(keras.weightLaw(for: rnn) != other.weightLaw(for: rnn))
    #expect(other.weightLaw(for: rnn) == Initializer.heNormal.law(for: rnn.parameters[0]))
    // Recurrent weights and biases keep what was declared, as in networks of our own.
    #expect(other.law(for: rnn.parameters[1], of: rnn.name) == keras.law(for: rnn.parameters[1], of: rnn.name))
    #expect(other.biasLaw(for: lstm) == .constant(0.3))
    #expect(network.namedWeights.isEmpty && network.takes(.heNormal) && !network.takes(.keras))
    #expect(network.runName(for: .keras) == "keras")
    #expect(network.distinct([.keras, .heNormal]).count == 2)
  }

  @Test func kerasNeedsAModelThatDeclares() throws {
    let network = try Network(name: "own", input: .features(3)) { Dense(2) }
    let error = #expect(throws: SpecificationError.self) { try InitializerAssignment(initializer: .keras, network: network) }
    #expect(
      error?.description == "keras means the initializers that a Keras model declares, and the network own is none. Write "
        + "keras.default for what the layers of Keras start from")
    #expect(throws: SpecificationError.self) {
      _ = try LayerCatalogue.entry("dense")?.layer(from: LayerFields(["units": "2", "weights": "keras"]))
    }
  }

  @Test func declarationsSurviveEncoding() throws {
    let network = try Self.model("mlp").network
    let copy = try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
    #expect(copy == network && copy.declaresInitializers)
  }

  // MARK: Configurations

  /// A configuration of Keras 2, in which initializers may be mere names.
  static func configuration(_ layers: String, version: String = "2.15.0") throws -> KerasModel {
    try KerasModel(
      configuration: Array(
        #"{"class_name": "Sequential", "config": {"name": "m", "layers": [\#(layers)]}, "keras_version": "\#(version)"}"#
          .utf8),
      path: "model.json")
  }

  static let input = #"{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 8, 6, 3], "name": "in"}}"#

  @Test func readsKeras2() throws {
    let model = try Self.configuration(
      #"""
      {"class_name": "Dense", "config": {"name": "a", "batch_input_shape": [null, 4], "units": 3, "activation": "linear",
       "kernel_initializer": {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "distribution":
       "truncated_normal", "seed": 3}}, "bias_initializer": "zeros", "kernel_regularizer": {"class_name": "L2"}}},
      {"class_name": "LeakyReLU", "config": {"name": "b", "alpha": 0.1}},
      {"class_name": "Dense", "config": {"name": "c/d", "units": 3, "activation": "swish",
       "kernel_initializer": "he_uniform"}}
      """#)
    #expect(model.network.nodes.map(\.name) == ["a", "c.d"])
    #expect(model.network.nodes.map(\.layer.activation.description) == ["leaky_relu(slope=0.1)", "silu"])
    #expect(
      model.network.nodes.flatMap(\.parameters).map { $0.initializer?.description } == [
        "keras.variance_scaling(scale=2)", "keras.zeros", "keras.he_uniform", "keras.zeros",
      ])
    #expect(model.notes.count == 2, "\(model.notes)")
  }

  /// A functional model of Keras 2: nodes as lists, with a sum by an operator.
  @Test func readsFunctionalKeras2() throws {
    let model = try KerasModel(
      configuration: Array(
        #"""
        {"class_name": "Functional", "keras_version": "2.9.0", "config": {"name": "m", "layers": [
         {"class_name": "InputLayer", "name": "in", "config": {"batch_input_shape": [null, 4]}, "inbound_nodes": []},
         {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 4}, "inbound_nodes": [[["in", 0, 0, {}]]]},
         {"class_name": "TFOpLambda", "name": "plus", "config": {"function": "math.add"},
          "inbound_nodes": [["a", 0, 0, {"y": ["in", 0, 0], "name": null}]]}],
         "input_layers": [["in", 0, 0]], "output_layers": [["plus", 0, 0]]}}
        """#.utf8), path: "m.json")
    #expect(model.network.nodes.map(\.name) == ["a", "plus"])
    #expect(model.network.nodes[1].inputs == ["a", "input"])
  }

  /// The fans of an attention's kernels changed with Keras 3.15.
  @Test(arguments: [("3.9.2", "keras.glorot_uniform(version=3.9.2)"), ("3.15.1", "keras.glorot_uniform")])
  func theVersionDecidesFans(_ version: String, _ expected: String) throws {
    let model = try KerasModel(
      configuration: Array(
        #"""
        {"module": "keras", "class_name": "Functional", "keras_version": "\#(version)", "config": {"name": "m", "layers": [
         {"module": "keras.layers", "class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 5, 8]},
          "inbound_nodes": []},
         {"module": "keras.layers", "class_name": "MultiHeadAttention", "name": "a", "config": {"num_heads": 2, "key_dim": 4,
          "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {}}},
          "inbound_nodes": [{"args": [
           {"class_name": "__keras_tensor__", "config": {"keras_history": ["in", 0, 0]}},
           {"class_name": "__keras_tensor__", "config": {"keras_history": ["in", 0, 0]}}], "kwargs": {}}]}],
         "input_layers": ["in", 0, 0], "output_layers": ["a", 0, 0]}}
        """#.utf8), path: "m.json")
    #expect(model.network.nodes[0].parameters[0].initializer?.description == expected)
  }

  @Test func flattensAnImageThatHasNoChannels() throws {
    let model = try Self.configuration(
      #"{"class_name": "Flatten", "config": {"name": "f", "batch_input_shape": [null, 28, 28]}}, "#
        + #"{"class_name": "Dense", "config": {"name": "d", "units": 10}}"#)
    #expect(model.network.input == .image(channels: 1, height: 28, width: 28))
    let reshaped = try Self.configuration(
      #"{"class_name": "Reshape", "config": {"name": "r", "batch_input_shape": [null, 784], "target_shape": [28, 28, 1]}}, "#
        + #"{"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [3, 3]}}"#)
    #expect(reshaped.network.input == .image(channels: 1, height: 28, width: 28))
  }

  /// All at once, each with its name, its class and the reason.
  @Test func listsEveryLayerWithoutCounterpart() throws {
    let error = #expect(throws: KerasError.self) {
      try Self.configuration(
        Self.input
          + #", {"class_name": "Conv2DTranspose", "config": {"name": "up", "filters": 3, "kernel_size": 2}}"#
          + #", {"class_name": "Dense", "config": {"name": "fine", "units": 3}}"#
          + #", {"class_name": "Dense", "config": {"name": "odd", "units": 3, "activation": "sparsemax"}}"#
          + #", {"class_name": "MyLayer", "config": {"name": "own"}}"#
          + #", {"class_name": "GRU", "config": {"name": "gru", "units": 3, "reset_after": false}}"#)
    }
    #expect(
      error?.message == """
        4 layers have no counterpart here:
          up (Conv2DTranspose): transposed convolutions are not known here
          odd (Dense): its activation is sparsemax, which has no counterpart
          own (MyLayer): there is no such layer here
          gru (GRU): its reset gate acts before the recurrent product (reset_after=False)
        Replace them; audit, check, describe and fix know more layers, as a graph of operators
        """)
  }

  @Test(arguments: [
    (#"{"class_name": "Dense", "config": {"name": "d"}}"#, "units is missing"),
    (#"{"class_name": "Dense", "config": {"name": "d", "units": "3"}}"#, "units is no whole number"),
    (#"{"class_name": "Dense", "config": {"name": "d", "units": 0}}"#, "units must lie in 1...1048576, got 0"),
    (
      #"{"class_name": "Conv2D", "config": {"name": "d", "filters": 2, "kernel_size": 3, "strides": 0}}"#,
      "strides is [0, 0]"
    ),
    (
      #"{"class_name": "Conv2D", "config": {"name": "d", "filters": 2, "kernel_size": 3, "strides": 9223372036854775807}}"#,
      "strides is [9223372036854775807"
    ),
    (
      #"{"class_name": "Conv2D", "config": {"name": "d", "filters": 2, "kernel_size": 3, "groups": 2}}"#,
      "2 groups do not divide 3"
    ),
    (#"{"class_name": "Dropout", "config": {"name": "d", "rate": 1.5}}"#, "rate must be"),
    (#"{"class_name": "BatchNormalization", "config": {"name": "d", "axis": 1}}"#, "it normalizes along axis 1"),
    (
      #"{"class_name": "Dropout", "config": {"name": "e", "rate": 0.5}}, "#
        + #"{"class_name": "Reshape", "config": {"name": "d", "target_shape": [6, 8, 3]}}"#, "reshaping 3 x 8 x 6"
    ),
    (#"{"class_name": "LSTM", "config": {"name": "d", "units": 3}}"#, "it takes a sequence"),
    (
      #"{"class_name": "Dense", "config": {"name": "d", "units": 3, "kernel_initializer": "stft"}}"#,
      "kernel_initializer is stft"
    ),
    (#"{"class_name": "Dense", "config": {"name": "d", "units": 3, "bias_initializer": "orthogonal"}}"#, "needs a matrix"),
    (#"{"class_name": "Rescaling", "config": {"name": "d", "scale": 2}}"#, "has no layer that computes anything"),
  ])
  func saysWhyALayerHasNoCounterpart(_ layer: String, _ reason: String) throws {
    let error = #expect(throws: KerasError.self) { try Self.configuration("\(Self.input), \(layer)") }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func namesLayersThatShareWeights() throws {
    let call = #"{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["in", 0, 0]}}], "kwargs": {}}"#
    let error = #expect(throws: KerasError.self) {
      try KerasModel(
        configuration: Array(
          #"""
          {"module": "keras", "class_name": "Functional", "config": {"name": "m", "layers": [
           {"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 4]}, "inbound_nodes": []},
           {"class_name": "Dense", "name": "twin", "config": {"units": 4}, "inbound_nodes": [\#(call), \#(call)]}],
           "input_layers": ["in", 0, 0], "output_layers": ["twin", 0, 0]}}
          """#.utf8), path: "m.json")
    }
    #expect(error?.message.contains("twin (Dense): is used at 2 places; layers that share weights") == true)
  }

  @Test func remarksOnSeedsThatMakeWeightsEqual() throws {
    func dense(_ name: String) -> String {
      #"{"class_name": "Dense", "config": {"name": "\#(name)", "units": 4, "kernel_initializer": "#
        + #"{"class_name": "HeNormal", "config": {"seed": 42}}}}"#
    }
    let model = try Self.configuration(
      #"{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "name": "in"}}, \#(dense("a")), "#
        + #"\#(dense("b"))"#
    )
    #expect(model.notes.contains { $0.hasPrefix("Keras fills a/kernel, b/kernel with the same values") }, "\(model.notes)")
  }

  // MARK: Hostile files

  @Test(arguments: [
    "{}", "[]", "null", #"{"class_name": "Sequential"}"#, #"{"class_name": "Sequential", "config": 3}"#,
    #"{"class_name": "Sequential", "config": {"layers": []}}"#, #"{"class_name": "Net", "config": {}}"#,
    #"{"class_name": "Functional", "config": {"layers": [], "input_layers": [], "output_layers": []}}"#,
    #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 3}}]}}"#,
    // A layer that needs its own result.
    #"{"class_name": "Functional", "config": {"layers": [{"class_name": "InputLayer", "name": "i", "config": "#
      + #"{"batch_shape": "#
      + #"[null, 2]}}, {"class_name": "Add", "name": "a", "config": {}, "inbound_nodes": [[["i", 0, 0], ["a", 0, 0]]]}], "#
      + #""input_layers": [["i", 0, 0]], "output_layers": [["a", 0, 0]]}}"#,
    // A model within itself, by aliases.
    #"{"class_name": "Functional", "config": {"layers": [{"class_name": "InputLayer", "name": "i", "config": "#
      + #"{"batch_shape": "#
      + #"[null, 2]}}], "input_layers": [["i", 0, 0]], "output_layers": [["i", 0, 0]]}}"#,
    #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": "#
      + #"[null, 16777216, 16777216]}}, {"class_name": "Flatten", "config": {}}]}}"#,
    #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": "#
      + #"[null, -1]}}, {"class_name": "Dense", "config": {"units": 9223372036854775807}}]}}"#,
  ])
  func refusesWhatIsNoModel(_ text: String) throws {
    #expect(throws: KerasError.self) { try KerasModel(configuration: Array(text.utf8), path: "m.json") }
    #expect(throws: KerasError.self) { try KerasGraphModel(configuration: Array(text.utf8), path: "m.json") }
  }

  @Test func refusesModelsNestedTooDeep() throws {
    let open = #"{"class_name": "Sequential", "config": {"layers": ["#
    let text = String(repeating: open, count: 60) + String(repeating: "]}}", count: 60)
    #expect(throws: KerasError.self) { try KerasModel(configuration: Array(text.utf8), path: "m.json") }
  }

  @Test(arguments: [
    ("MaxPooling2D", "max_pooling2d"), ("ReLU", "re_lu"), ("LSTM", "lstm"), ("SimpleRNN", "simple_rnn"),
    ("Conv2DTranspose", "conv2d_transpose"), ("MultiHeadAttention", "multi_head_attention"), ("PReLU", "p_re_lu"),
    ("GlobalAveragePooling2D", "global_average_pooling2d"), ("DepthwiseConv2D", "depthwise_conv2d"), ("GRU", "gru"),
  ])
  func namesGroupsOfWeightsAsKerasDoes(_ type: String, _ name: String) {
    #expect(KerasWeightNames.snakeCase(type) == name)
  }
}
