import NetworkGraph
import Testing

/// The dialects on whole layers against what PyTorch's and Keras's layers draw
/// (Fixtures/reference/initializers/layer_defaults.py).
@Suite struct LayerDefaultTests {
  struct Fixture: Decodable {
    struct Law: Decodable {
      var kind: String
      var value: Double?
      var mean: Double?
      var std: Double?
      var low: Double?
      var high: Double?
      var rows: Int?
      var columns: Int?
    }
    struct Case: Decodable {
      var initializer: String
      var layer: String
      var tensor: String
      var law: Law
    }
    var cases: [Case]
  }

  /// The layers of the script.
  static let layers: [String: (layer: any Layer, input: Shape)] = [
    "dense": (Dense(20), .features(30)),
    "conv2d": (Conv2D(8, kernel: 3, groups: 2), .image(channels: 4, height: 9, width: 9)),
    "conv1d": (Conv1D(8, kernel: 5), .sequence(steps: 20, features: 4)),
    "embedding": (Embedding(vocabulary: 50, dimension: 8), .features(12)),
    "lstm": (LSTM(100), .sequence(steps: 5, features: 10)), "gru": (GRU(100), .sequence(steps: 5, features: 10)),
    "simple_rnn": (SimpleRNN(100), .sequence(steps: 5, features: 10)),
    "self_attention": (SelfAttention(heads: 4), .sequence(steps: 5, features: 64)),
    "layer_norm": (LayerNorm(), .features(8)), "batch_norm": (BatchNorm(), .features(8)),
  ]

  @Test func layersDrawWhatTheirLibrariesDraw() throws {
    let fixture: Fixture = try InitializerFixture.load("layer_defaults")
    #expect(fixture.cases.count == 140)
    for expected in fixture.cases {
      let place = "\(expected.initializer) in \(expected.layer)/\(expected.tensor)"
      let (layer, input) = try #require(Self.layers[expected.layer])
      let network = try Network(
        input: input, placements: [Network.Placement(name: "layer", layer: layer, inputs: [Network.inputName])])
      let tensor = try #require(network.nodes[0].parameters.first { $0.name == expected.tensor }, "\(place)")
      let initializer = try Initializer(parsing: expected.initializer)
      // Defaults are the run's, and fill what no layer names; others are named.
      let law =
        initializer.entry.fillsEveryTensor
        ? try InitializerAssignment(initializer: initializer, network: network).law(for: tensor, of: "layer")
        : initializer.law(for: tensor)
      Self.expect(law, tensor, expected.law, place)
    }
  }

  private static func expect(_ law: WeightLaw, _ tensor: ParameterTensor, _ expected: Fixture.Law, _ place: String) {
    // Formulas are evaluated in another order: a few units in the last place of a Double.
    func same(_ a: Double, _ b: Double?) -> Bool { nearlyEqual(a, b, relative: 1e-14) }
    switch law {
    case .constant(let value): #expect(expected.kind == "constant" && same(value, expected.value), "\(place)")
    case .normal(let mean, let std):
      #expect(expected.kind == "normal" && same(mean, expected.mean) && same(std, expected.std), "\(place)")
    case .uniform(let low, let high):
      #expect(expected.kind == "uniform" && same(low, expected.low) && same(high, expected.high), "\(place)")
    case .triangular(let low, let high):
      #expect(expected.kind == "sum" && same(low, expected.low) && same(high, expected.high), "\(place)")
    case .truncatedNormal(_, let std, let low, let high):
      #expect(
        expected.kind == "truncatedNormal" && same(std, expected.std) && same(low, expected.low)
          && same(high, expected.high), "\(place)")
    case .orthogonal(let gain, _):
      #expect(expected.kind == "orthogonal" && gain == 1, "\(place)")
      #expect(tensor.shape.copies == 1 && Set([tensor.shape.rows, tensor.shape.columns]) == sides(expected), "\(place)")
    case .part(let matrix, .orthogonal(let gain, _)):
      #expect(expected.kind == "orthogonal" && gain == 1, "\(place)")
      #expect(Set([matrix.shape.rows, matrix.shape.columns]) == sides(expected), "\(place)")
      #expect(matrix.shape.copies == 1)
    default: Issue.record("\(place) gives \(law)")
    }
  }

  private static func sides(_ law: Fixture.Law) -> Set<Int> { Set([law.rows, law.columns].compactMap(\.self)) }

  /// Standard deviations that a user reads: 10 inputs and 100 units; 64 features.
  @Test func theDefaultsOfPyTorchHaveTheirDeviations() throws {
    func deviation(_ layer: String, _ tensor: String) throws -> Double {
      let (layer, input) = try #require(Self.layers[layer])
      let parameter = try #require(layer.parameters(from: [input]).first { $0.name == tensor })
      return try #require(Initializer.torchDefault.law(for: parameter).standardDeviation(parameter.shape))
    }
    // 1 / sqrt(3 * 100), sqrt(2 / (64 + 192)), 1 / sqrt(3 * 64); the sum of two biases has twice the variance.
    #expect(abs(try deviation("lstm", "weight") - 0.0577350269) < 1e-9)
    #expect(abs(try deviation("lstm", "bias") - 0.0816496581) < 1e-9)
    #expect(try deviation("embedding", "weight") == 1)
    #expect(abs(try deviation("self_attention", "key") - 0.0883883476) < 1e-9)
    #expect(abs(try deviation("self_attention", "output") - 0.0721687836) < 1e-9)
  }

  /// A layer that names an initializer keeps it, whatever the run's is; what is standard gives way to a library's defaults.
  @Test(arguments: ["torch.default", "keras.default", "he_normal"])
  func onlyLibrariesDefaultsReplaceTheStandardRecurrence(name: String) throws {
    let network = try Network(input: .sequence(steps: 4, features: 3)) {
      LSTM(5, returns: .sequence)
      LSTM(5, recurrent: .identity)
    }
    let assignment = try InitializerAssignment(initializer: Initializer(parsing: name), network: network)
    let open = network.nodes[0].parameters[1], named = network.nodes[1].parameters[1]
    #expect((assignment.law(for: open, of: "lstm_1") == .orthogonal(gain: 1, transposed: false)) == (name == "he_normal"))
    #expect(assignment.law(for: named, of: "lstm_2") == .identity(gain: 1))
    #expect(assignment.initializer(of: open) == (name == "he_normal" ? .orthogonal : assignment.initializer))
  }

  /// A Keras layer whose kernel is drawn by another initializer keeps its recurrent one: orthogonal, all gates one matrix
  /// (keras.layers.LSTM's `recurrent_initializer="orthogonal"`). A stacked matrix of 4 n x n has the variance 1 / (4 n).
  @Test func underKerasInitializersTheRecurrenceIsKerass() throws {
    let network = try Network(input: .sequence(steps: 4, features: 3)) {
      LSTM(5, returns: .sequence)
      LSTM(5, returns: .sequence, recurrent: .orthogonal)
    }
    let open = network.nodes[0].parameters[1], named = network.nodes[1].parameters[1]
    for name in ["keras.he_normal", "keras.glorot_uniform(version=3.9)", "keras.orthogonal"] {
      let assignment = try InitializerAssignment(initializer: Initializer(parsing: name), network: network)
      #expect(assignment.initializer(of: open)?.description == "keras.orthogonal")
      #expect(try assignment.law(for: open, of: "lstm_1") == Initializer(parsing: "keras.orthogonal").law(for: open))
      #expect(try #require(assignment.law(for: open, of: "lstm_1").rootMeanSquare(open.shape)) == (1 / 20).squareRoot())
      // What the file names stays.
      #expect(assignment.initializer(of: named) == .orthogonal)
    }
    let own = try InitializerAssignment(initializer: .heNormal, network: network)
    #expect(own.initializer(of: open) == .orthogonal)
  }

  // MARK: Versions

  @Test func versionsCompareByTheirParts() throws {
    let versions = ["2.15", "3.0", "3.9", "3.14", "3.14.1", "3.15", "3.15.1", "3.16"].compactMap { LibraryVersion($0) }
    #expect(versions.count == 8 && versions == versions.sorted())
    let padded = try #require(LibraryVersion("3.15.0"))
    #expect(try !(padded < #require(LibraryVersion("3.15"))) && !(#require(LibraryVersion("3.15")) < padded))
    for text in ["", "3.", ".3", "3..1", "3.x", "-3", "3.15.1.2.3", "99999", "3 .1", "٣.1"] {
      #expect(LibraryVersion(text) == nil, "\(text)")
    }
  }

  @Test func aVersionIsPartOfTheSpecification() throws {
    #expect(try Initializer(parsing: "keras.glorot_uniform(version=3.15)").description == "keras.glorot_uniform")
    #expect(try Initializer(parsing: "keras.he_normal(3.9)").description == "keras.he_normal(version=3.9)")
    let error = #expect(throws: SpecificationError.self) { try Initializer(parsing: "keras.he_normal(version=new)") }
    #expect(
      error?.description
        == "keras.he_normal: version is `new`, not a version. It must be a version such as 3.15 or 3.14.1.")
  }
}
