import Foundation
import InitScope
import TestSupport
import Testing

/// Keras models that run as graphs of operators, with their own weights, against what Keras computes (keras_graphs.py).
@Suite struct KerasGraphNumbersTests {
  struct Reference: Decodable {
    var training: Bool
    var output: Double
    var layers: [String: Double]
    var merged: [String]
    var gradients: [String: Double]
    var drawn: [String: Drawn]

    struct Drawn: Decodable {
      var n: Int
      var secondMoment: Double
    }
  }

  static let names = [
    "autoencoder", "conv1d", "cross_attention", "functions", "grouped", "gru_before", "indexed", "merges", "nested_twice",
    "odd_transpose", "seq2seq",
    "shared_dense", "siamese", "squeeze_excite", "upsampling", "vae", "video", "volume",
  ]

  private static func path(_ name: String) -> String { Repository.fixtures.appending(path: "keras/graphs/\(name)").path }

  /// Float32 sums in two programs; what nearly cancels, such as the gradient of a key's bias, is compared with the others.
  private static func differs(_ value: Double, _ expected: Double, largest: Double) -> Bool {
    abs(value - expected) > 2e-5 * expected + 1e-11 * largest
  }

  private func audited(_ name: String, movingMoments: Bool) throws -> (run: InitializerRun, weights: [KerasWeight]) {
    let arrays = try ArrayFile.read(path: Self.path("\(name).npz"))
    var options = KerasGraphModel.Options()
    options.shapes = arrays.inputs.mapValues { $0.shape.extents }
    options.usesMovingMoments = movingMoments
    let file = try ModelFile.graph(path: Self.path("\(name).keras"), options: options)
    let model = try ModelFile.filled(file, path: nil, reader: HDF5Reader(command: Command.program))
    var configuration = try AuditConfiguration(model: model, initializers: [.file], replicas: 1, threads: 1)
    configuration.graphArrays = arrays
    return (try Audit(configuration).run().runs[0], file.weights)
  }

  @Test(arguments: names) func computesWhatKerasComputes(_ name: String) throws {
    let reference: Reference = try KerasReference.read("graphs/reference.json", name)
    let (run, weights) = try audited(name, movingMoments: !reference.training)
    let output = try #require(run.layers.last?.activation.secondMoment)
    #expect(!Self.differs(output, reference.output, largest: 0), "output \(output), Keras \(reference.output)")

    var compared = 0
    for layer in run.layers {
      guard let expected = reference.layers[layer.name] else { continue }
      let value = layer.activation.secondMoment
      #expect(!Self.differs(value, expected, largest: 0), "\(layer.name): \(value), Keras \(expected)")
      compared += 1
    }
    #expect(compared > 0)

    let largest = reference.gradients.values.max() ?? 0
    for (source, expected) in reference.gradients {
      let own = weights.filter { $0.source == source }
      #expect(!own.isEmpty, "\(source)")
      var sum = 0.0, count = 0
      for weight in own {
        let parameter = try #require(run.parameters.first { $0.name == weight.target }, "\(weight.target)")
        sum += (parameter.gradient?.secondMoment ?? 0) * Double(weight.count)
        count += weight.count
      }
      let value = sum / Double(count)
      #expect(!Self.differs(value, expected, largest: largest), "\(source): \(value), Keras \(expected)")
    }
    #expect(Set(weights.map(\.source)) == Set(reference.gradients.keys))
  }

  /// The law that each tensor is declared to follow against what Keras drew.
  ///
  /// The second moment of n independent values scatters by at most sqrt(2/n) of itself, and 5 deviations hold it but for
  /// 1e-6.
  @Test(arguments: names) func declaresTheLawsThatKerasDraws(_ name: String) throws {
    let file = try ModelFile.graph(path: Self.path("\(name).keras"))
    let reference: Reference = try KerasReference.read("graphs/reference.json", name)
    let network = try AuditConfiguration(model: file.model, initializers: [.keras]).network
    let assignment = try InitializerAssignment(initializer: .keras, network: network)
    var expected: [String: (sum: Double, count: Int)] = [:]
    for node in network.nodes {
      for tensor in node.parameters {
        let weight = try #require(file.weights.first { $0.target == tensor.fullName })
        // A layer that is called twice has its tensors at two points.
        guard expected["\(weight.target)"] == nil else { continue }
        let size = try #require(assignment.law(for: tensor, of: node.name).rootMeanSquare(tensor.shape), "\(weight.target)")
        // Keras adds the forget gate's 1 to a quarter of an LSTM's bias.
        let isForget = weight.source.hasSuffix("cell/vars/2") && weight.source.contains("lstm") && weight.title == "bias"
        let isGateOfBoth = weight.source.contains("bidirectional_1/")
        let offset = isForget || isGateOfBoth && weight.title == "bias" ? 0.25 : 0
        expected[weight.target] = (size * size + offset, weight.count)
      }
    }
    for weight in file.weights {
      let own = try #require(expected[weight.target], "\(weight.target)"),
        drawn = try #require(reference.drawn[weight.source])
      let allowed = 5 * (2 / Double(drawn.n)).squareRoot() * own.sum + 1e-12
      #expect(abs(drawn.secondMoment - own.sum) <= allowed, "\(weight.target): \(own.sum), Keras \(drawn.secondMoment)")
    }
    #expect(Set(file.weights.map(\.source)) == Set(reference.drawn.keys))
  }

  /// Models that both paths can take: as a graph they compute the same.
  @Test(arguments: KerasNumbersTests.names) func agreesWithModelsOfOurOwnLayers(_ name: String) throws {
    let path = Repository.fixtures.appending(path: "keras/\(name).keras").path
    struct Whole: Decodable {
      var shape: [Int]
      var input: [Float]
      var cotangent: [Float]
      var output: [Double]
      var gradients: [String: KerasNumbersTests.Moments]
    }
    let all = try JSONDecoder().decode(
      [String: Whole].self, from: Data(contentsOf: Repository.fixtures.appending(path: "keras/reference.json")))
    let reference = try #require(all[name])
    var options = KerasGraphModel.Options()
    let input = try #require(try ModelFile.graph(path: path).model.inputs.first)
    options.shapes = [input.name: reference.shape]
    let file = try ModelFile.graph(path: path, options: options)
    let model = try ModelFile.filled(file, path: nil, reader: HDF5Reader(command: Command.program))
    var configuration = try AuditConfiguration(model: model, initializers: [.file], replicas: 1, threads: 1)
    let shape = try TensorShape(reference.shape)
    let isText = if case .identifiers = input.draw { true } else { false }
    configuration.graphArrays.inputs[input.name] = TensorConstant(
      shape, isText ? .int64(reference.input.map { Int64($0) }) : .float32(reference.input))
    configuration.graphArrays.cotangent = reference.cotangent
    let run = try Audit(configuration).run().runs[0]
    let expected = reference.output.reduce(0) { $0 + $1 * $1 } / Double(reference.output.count)
    let output = try #require(run.layers.last?.activation.secondMoment)
    #expect(abs(output - expected) <= 2e-5 * expected)
    for (path, expected) in reference.gradients {
      let own = file.weights.filter { weight in
        var weight = weight
        // Two of our biases are one of Keras's GRU.
        if weight.title == "recurrent_bias" { weight.title = "bias" }
        return KerasNumbersTests.belongs(path, to: weight)
      }
      var sum = 0.0, count = 0
      for weight in own {
        let parameter = try #require(run.parameters.first { $0.name == weight.target }, "\(weight.target)")
        sum += try #require(parameter.gradient).secondMoment * Double(weight.count)
        count += weight.count
      }
      #expect(count == expected.n, "\(path)")
      #expect(
        abs(sum / Double(count) - expected.secondMoment) <= 1e-4 * expected.secondMoment + 1e-12,
        "\(path): \(sum / Double(count)), Keras \(expected.secondMoment)")
    }
  }
}
