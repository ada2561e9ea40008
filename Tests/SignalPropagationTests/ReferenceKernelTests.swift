import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Networks whose layers run by kernels against PyTorch's autograd in float64 (Fixtures/reference/kernel_networks.py).
@Suite struct ReferenceKernelTests {
  struct Fixture: Decodable {
    var cases: [Case]
  }

  struct Case: Decodable {
    var name: String
    var batch: Int
    var input: [Float]
    var cotangent: [Float]
    var parameters: [String: [Float]]
    var tensors: [String: [String: [Double]]]
  }

  static func load(_ name: String) throws -> Case {
    let url = Harness.repository.appendingPathComponent("Fixtures/reference/kernel_networks.json")
    let cases = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url)).cases
    return try #require(cases.first { $0.name == name })
  }

  static func image() throws -> Network {
    try Network(input: .image(channels: 2, height: 4, width: 4)) {
      Conv2D(4, kernel: 3, padding: .same)
      BatchNorm(activation: .tanh)
      MaxPool(2)
      Residual(activation: .relu) {
        Conv2D(4, kernel: 3, padding: .same, activation: .relu)
        Conv2D(4, kernel: 3, padding: .same)
      }
      Flatten()
      Dense(5)
    }
  }

  static func sequence() throws -> Network {
    try Network(input: .features(5)) {
      Embedding(vocabulary: 7, dimension: 4)
      LSTM(6, returns: .sequence)
      SelfAttention(heads: 2)
      SimpleRNN(4)
      Dense(3)
    }
  }

  /// Everything that the engine held, tensor by tensor.
  ///
  /// The longest sums have 48 terms, and at most 8 layers with 5 steps pass their rounding on: 2^-24 a term stays below 1e-5
  /// of a tensor's largest value.
  private func check(_ name: String, _ network: Network) throws {
    let reference = try Self.load(name)
    var configuration = AuditConfiguration(network: network, initializers: [.zeros], batch: reference.batch, replicas: 1)
    configuration.given.input = reference.input
    configuration.given.cotangent = reference.cotangent
    for node in network.nodes {
      let first = node.parameters.first { $0.role == .weight }?.name, bias = node.parameters.first { $0.role == .bias }?.name
      for tensor in node.parameters {
        let values = try #require(reference.parameters["\(node.name)/\(tensor.name)"])
        if tensor.name == first {
          configuration.given.weights[node.name] = values
        } else if tensor.name == bias {
          configuration.given.biases[node.name] = values
        } else {
          configuration.given.parameters["\(node.name)/\(tensor.name)"] = values
        }
      }
    }
    let (report, tensors) = try Harness.tapped(configuration)
    #expect(reference.tensors.count == network.nodes.count)
    let kinds: [(TensorCopy.Kind, String, String?)] = [
      (.preactivation, "preactivation", nil), (.activation, "activation", "preactivation"),
      (.gradient, "gradient", "preactivationGradient"), (.preactivationGradient, "preactivationGradient", nil),
      (.weightGradient, "weightGradient", nil),
    ]
    for (node, layer) in zip(network.nodes, report.runs[0].layers) {
      let expected = try #require(reference.tensors[node.name])
      for (kind, key, standIn) in kinds {
        guard let values = expected[key] ?? standIn.flatMap({ expected[$0] }) else {
          #expect(kind == .weightGradient && layer.weightGradient == nil, "\(node.name) \(key)")
          continue
        }
        let own = tensors[node.name, kind]
        try #require(own.count == values.count, "\(node.name) \(key)")
        let largest = values.map(abs).max() ?? 0
        let worst = zip(own, values).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= 1e-5 * largest, "\(node.name) \(key) off by \(worst) of \(largest)")
        // What the report says of the tensor is of these values.
        let m2 = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        let summary = try #require(layer.signals.first { $0.kind == kind }).summary
        #expect(agree(summary.secondMoment, m2, relative: 4e-5), "\(node.name) \(key)")
      }
    }
  }

  @Test func anImageNetworkAgreesWithAutograd() throws { try check("image", Self.image()) }

  @Test func aSequenceNetworkAgreesWithAutograd() throws { try check("sequence", Self.sequence()) }

  /// Kernels draw, convolve and normalize alike on any number of threads.
  @Test(arguments: [false, true])
  func threadsDoNotMatter(ofSequence: Bool) throws {
    let network = try ofSequence ? Self.sequence() : Self.image()
    func run(_ threads: Int) throws -> [InitializerRun] {
      try Audit(
        AuditConfiguration(
          network: network, initializers: [.heNormal, .lsuv, .orthogonal], batch: 32, replicas: 5, seed: 4, threads: threads)
      ).run().runs
    }
    let one = try run(1)
    #expect(try run(2) == one)
    #expect(try run(5) == one)
  }
}
