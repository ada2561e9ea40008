import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// What a recurrent layer's entries say of its gates, against PyTorch in float64 (Fixtures/reference/recurrent_gates.py).
@Suite struct RecurrentGateTests {
  struct Case: Decodable {
    var kind: String
    var batch: Int
    var steps: Int
    var inputs: Int
    var units: Int
    var forgetBias: Double
    var input: [Float]
    var cotangent: [Float]
    var parameters: [String: [Float]]
    var state: [Double]
    var preactivation: [Double]
    var preactivationGradient: [Double]
    var saturatedEntries: Double
    var saturatedUnits: Double
    var gradients: [String: Double]
  }

  private static func load() throws -> [Case] {
    struct Fixture: Decodable { var cases: [Case] }
    let url = Harness.repository.appendingPathComponent("Fixtures/reference/recurrent_gates.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url)).cases
  }

  private static func layer(_ fixture: Case) -> any Layer & NetworkPart {
    switch fixture.kind {
    case "lstm": LSTM(fixture.units, returns: .sequence, forgetBias: fixture.forgetBias)
    case "gru": GRU(fixture.units, returns: .sequence)
    default: SimpleRNN(fixture.units, cell: fixture.kind == "relu" ? .relu : .tanh, returns: .sequence)
    }
  }

  @Test func gatesAreThePreactivation() throws {
    let cases = try Self.load()
    #expect(cases.map(\.kind) == ["lstm", "gru", "tanh", "relu"])
    for fixture in cases {
      let layer = Self.layer(fixture)
      let network = try Network(input: .sequence(steps: fixture.steps, features: fixture.inputs)) { layer }
      let name = network.nodes[0].name
      var configuration = AuditConfiguration(network: network, initializers: [.zeros], batch: fixture.batch, replicas: 1)
      configuration.given.input = fixture.input
      configuration.given.cotangent = fixture.cotangent
      configuration.given.weights[name] = fixture.parameters["weight"]
      configuration.given.biases[name] = fixture.parameters["bias"]
      for (key, values) in fixture.parameters where !["weight", "bias"].contains(key) {
        configuration.given.parameters["\(name)/\(key)"] = values
      }
      let (report, tensors) = try Harness.tapped(configuration)
      let run = report.runs[0], result = run.layers[0]
      let pairs: [(TensorCopy.Kind, [Double], SignalSummary)] = [
        (.preactivation, fixture.preactivation, result.preactivation), (.activation, fixture.state, result.activation),
        (.preactivationGradient, fixture.preactivationGradient, result.preactivationGradient),
      ]
      for (kind, values, summary) in pairs {
        let own = tensors[name, kind], largest = values.map(abs).max() ?? 0
        try #require(own.count == values.count, "\(fixture.kind) \(kind)")
        // Sums of at most 10 terms through 5 steps and back: 2^-24 a term stays below 1e-5 of the largest value.
        let worst = zip(own, values).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= 1e-5 * largest, "\(fixture.kind) \(kind) off by \(worst) of \(largest)")
        let m2 = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        #expect(agree(summary.secondMoment, m2, relative: 4e-5), "\(fixture.kind) \(kind)")
        #expect(summary.count == values.count)
      }
      #expect(result.preactivation.groups?.kind == .step && result.preactivation.groups?.mean.count == fixture.steps)
      // Shares of whole numbers of entries: exact but for the division.
      #expect(agree(result.activation.saturatedEntries ?? -1, fixture.saturatedEntries, relative: 1e-12), "\(fixture.kind)")
      #expect(agree(result.activation.saturatedFraction ?? -1, fixture.saturatedUnits, relative: 1e-12), "\(fixture.kind)")
      for (key, expected) in fixture.gradients {
        let parameter = try #require(run.parameters.first { $0.name == "\(name)/\(key)" })
        let gradient = try #require(parameter.gradient)
        #expect(agree(gradient.secondMoment, expected, relative: 4e-5), "\(fixture.kind) \(key)")
        #expect(agree(try #require(gradient.log10SecondMoment), log10(expected), relative: 0, absolute: 2e-5))
        let values = try #require(fixture.parameters[key]).map(Double.init), count = Double(values.count)
        let m2 = values.reduce(0) { $0 + $1 * $1 } / count
        #expect(agree(parameter.secondMoment, m2, relative: 1e-6) && parameter.count == values.count)
        #expect(agree(try #require(parameter.toWeightRatio), (expected / m2).squareRoot(), relative: 4e-5))
      }
      #expect(run.parameters.map(\.tensor) == network.nodes[0].parameters.map(\.name))
      #expect(run.parameters.map(\.shape) == network.nodes[0].parameters.map(\.dimensions))
    }
  }

  /// Keras's and PyTorch's orthogonal recurrence, one matrix for all gates, loses 9.7 decades of squared gradient over 50
  /// steps where one matrix a gate loses 4.2 (Fixtures/reference/recurrent_orthogonal.py).
  @Test(arguments: [("keras.orthogonal", "stacked"), ("torch.orthogonal", "stacked"), ("orthogonal", "gates")])
  func stackedOrthogonalWeightsForgetFaster(recurrent: String, key: String) throws {
    struct Reference: Decodable {
      struct Entry: Decodable {
        var mean: Double
        var standardError: Double
      }
      var stacked: Entry
      var gates: Entry
    }
    let url = Harness.repository.appendingPathComponent("Fixtures/reference/recurrent_orthogonal.json")
    let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
    let expected = key == "stacked" ? reference.stacked : reference.gates
    let replicas = 10
    let glorot = try Initializer(parsing: "keras.glorot_uniform"), recurrent = try Initializer(parsing: recurrent)
    let network = try Network(input: .sequence(steps: 50, features: 8)) { LSTM(64, weights: glorot, recurrent: recurrent) }
    let run = try Audit(
      AuditConfiguration(
        network: network, initializers: [.zeros], batch: 64, replicas: replicas, seed: 5, histograms: false)
    ).run().runs[0]
    let profile = try #require(run.layers[0].recurrence).log10StateGradient
    let decades = try #require(profile[0]) - #require(profile[49])
    // 20 draws of 256 samples there, 10 of 64 here: the scatter of a draw is mostly that of its weights, at most 1.5 times
    // as large; normal quantile of a false-alarm rate of 1e-6.
    let error = expected.standardError * (1 + 2.25 * 20 / Double(replicas)).squareRoot()
    #expect(abs(decades - expected.mean) < 4.89 * error, "\(decades), \(expected.mean) +- \(error)")
  }
}
