import NetworkGraph
import SignalPropagation
import TrainingRuns

/// Turns what an audit measured, what the rules found and what the tangent kernel says into a verdict for each run.
///
/// The tangent kernel predicts (`TrainabilityModel`), findings explain. Three things decide by themselves, whatever the
/// prediction: values that are not numbers, units that are all alike with gradients that are all alike, and a gradient that
/// carries nothing of the classes. The evidence has no such networks, and none of them can learn.
package struct VerdictMaker {
  /// Drawings of the weights that the kernel is measured on; the evidence was measured on as many.
  static let replicas = 2
  /// No verdict claims more than the evidence can show.
  static let highestConfidence = 0.99

  let configuration: AuditConfiguration
  private let task: ProbeTask

  package init(_ configuration: AuditConfiguration) {
    self.configuration = configuration
    task = ProbeTask.of(configuration)
  }

  /// What the tangent kernel says of the network under each initializer, nil where the memory allowed does not hold the
  /// parameters' gradients; and what `meanwhile` made on the caller's thread, beside the workers where there are several.
  ///
  /// - Throws: As `TangentProbe` and `meanwhile` do.
  package func readings<Own>(
    _ initializers: [Initializer], network: Network, given: GivenTensors, meanwhile: () throws -> Own = {}
  ) throws -> (readings: [TangentReading?], own: Own) {
    let limit = configuration.memoryLimit ?? SystemMemory.availableBytes / 2
    let bytes = TangentProbe.bytes(network)
    guard bytes <= limit else { return (initializers.map { _ in nil }, try meanwhile()) }
    let tensors = TangentProbe.given(given, network)
    let probes = try initializers.map {
      try TangentProbe(network: network, initializer: $0, task: task, seed: configuration.seed, given: tensors)
    }
    let workers = min(configuration.threads, limit / max(1, bytes))
    guard workers > 1 else {
      let own = try meanwhile()
      return (try TangentProbe.measure(probes, replicas: Self.replicas, workers: 1).readings.map(TangentReading.mean), own)
    }
    let (readings, own) = try TangentProbe.measure(
      probes, replicas: Self.replicas, workers: workers, meanwhile: meanwhile)
    return (readings.map(TangentReading.mean), own)
  }

  /// The verdict without its recommendation; nil where there is no reading.
  func verdict(of run: InitializerRun, _ reading: TangentReading?) -> Verdict? {
    guard let reading else { return nil }
    let prediction = TrainabilityModel.predict(reading)
    let errors = run.findings.filter { $0.severity == .error }
    let statuses = errors.compactMap { finding in RuleCatalogue.rule(named: finding.rule)?.status }
    let worst = statuses.min { $0.rank < $1.rank }
    // Units that are alike in the forward pass part where their gradients differ: behind a random output layer, through
    // normalization. Layers that are dead pass no gradient, which the readings see.
    let isDecided =
      statuses.contains(.nonfinite) || statuses.contains(.symmetric) && reading.isSymmetric || !reading.isMeasurable
    let trains = prediction.trains && !isDecided
    let probability = isDecided ? 1 - Self.highestConfidence : prediction.probability
    let confidence = min(Self.highestConfidence, max(probability, 1 - probability))
    // What does not train without an error has its status from a warning, else from the readings.
    let hinted = run.findings.filter { $0.severity == .warning }
      .compactMap { finding in RuleCatalogue.rule(named: finding.rule)?.status }.min { $0.rank < $1.rank }
    let status = worst ?? (trains ? .healthy : hinted ?? VerdictCause.status(of: reading))
    var verdict = Verdict(
      status: status, trains: trains, confidence: (confidence * 1000).rounded() / 1000,
      learningRate: trains ? prediction.learningRate : nil,
      summary: VerdictText.summary(run, status: status, trains: trains, reading, errors: errors), recommendation: nil)
    verdict.evidence = reading.evidence
    verdict.expectedAccuracies = zip(TrainabilityModel.learningRates, prediction.accuracies).map { ($0, isDecided ? 0.1 : $1) }
      .map { Verdict.ExpectedAccuracy(learningRate: $0.0, accuracy: ($0.1 * 1000).rounded() / 1000) }
    return verdict
  }
}

extension TangentReading {
  /// Whether there is a finite loss, and a gradient that is more than nothing.
  var isMeasurable: Bool { loss < Self.ceiling && gradient < Self.ceiling && signal > Self.floor + 1 }

  /// As in the report: log10 of each reading, by name.
  var evidence: [String: Double] {
    [
      "log10Loss": loss, "log10Signal": signal, "log10Noise": noise, "log10Common": common, "log10Gradient": gradient,
      "log10Sharpness": sharpness, "log10OutputSize": outputSize, "log10OutputSpread": outputSpread,
      "log10ReadoutSignal": readoutSignal, "log10ReadoutNoise": readoutNoise, "elasticity": elasticity,
      "log10LargestUpdate": largestUpdate, "log10SmallestUpdate": smallestUpdate, "log10LossChange": descent,
    ]
  }
}
