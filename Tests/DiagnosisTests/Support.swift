import DataSets
import Diagnosis
import NetworkGraph
import SignalPropagation

enum Examined {
  static func mlp(
    depth: Int, width: Int, inputs: Int? = nil, _ activation: Activation, bias: String? = nil
  ) throws -> Network {
    let bias = try bias.map { try Initializer(parsingBias: $0) }
    return try Network(input: .features(inputs ?? width)) {
      Dense(width, activation: activation, bias: bias).repeated(depth)
      Dense(10)
    }
  }

  static func run(
    _ network: Network, _ initializer: String, input: AuditInput = .gaussian, batch: Int = 64, replicas: Int = 5,
    seed: UInt64 = 1, edit: (inout AuditConfiguration) -> Void = { _ in }
  ) throws -> InitializerRun {
    var configuration = AuditConfiguration(
      network: network, initializers: [try Initializer(parsing: initializer)], input: input, batch: batch,
      replicas: replicas, seed: seed, histograms: false)
    edit(&configuration)
    return Diagnosis(of: configuration).examine(try Audit(configuration).run()).runs[0]
  }
}

extension InitializerRun {
  /// The four signals of each layer.
  var signals: [SignalSummary] {
    layers.flatMap { [$0.preactivation, $0.activation, $0.gradient, $0.preactivationGradient] }
  }
  var residuals: [Double] { signals.compactMap(\.residual) }
  var disagreements: [Finding] { findings(of: TheoryDisagreement.name) }
  var assumption: Finding.Evidence? { disagreements.first?.evidence["assumption"] }
  func findings(of rule: String) -> [Finding] { findings.filter { $0.rule == rule } }
}

/// Samples with one feature that is not 0, of unit second moment.
struct OneHotSamples: SampleSet {
  var features: Int
  var name: String { "one-hot" }
  var count: Int { features }
  var shape: [Int] { [features] }
  var labels: [Int]? { nil }
  var classCount: Int? { nil }
  var standardization: Standardization? { nil }

  func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    destination.update(repeating: 0)
    for (row, index) in indices.enumerated() { destination[row * features + index] = Float(features).squareRoot() }
  }
}
