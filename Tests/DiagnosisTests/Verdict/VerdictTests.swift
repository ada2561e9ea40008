import DataSets
import Diagnosis
import NetworkGraph
import SignalPropagation
import Synchronization
import Testing
import TrainingRuns

/// Verdicts of networks whose fate is beyond doubt. How often the others are right is measured in Reports/verdict.
@Suite struct VerdictTests {
  static func verdict(
    _ network: Network, _ initializer: String, input: AuditInput = .gaussian,
    edit: (inout AuditConfiguration) -> Void = { _ in }
  ) throws -> Verdict {
    var configuration = AuditConfiguration(
      network: network, initializers: [try Initializer(parsing: initializer)], input: input, batch: 64, replicas: 3, seed: 2,
      histograms: false)
    edit(&configuration)
    return try #require(try Audit(configuration).diagnose().runs[0].verdict)
  }

  static let relu = Result { try Examined.mlp(depth: 12, width: 64, .relu) }

  @Test func aHealthyNetworkTrains() throws {
    let verdict = try Self.verdict(try Self.relu.get(), "he_normal")
    #expect(verdict.trains == true && verdict.status == .healthy && verdict.inEvidence)
    #expect(try #require(verdict.confidence) > 0.9)
    #expect(verdict.learningRate == 0.01 || verdict.learningRate == 0.1)
    #expect(verdict.expectedAccuracies.map(\.learningRate) == [0.001, 0.01, 0.1, 1])
    #expect(try #require(verdict.recommendation).hasPrefix("Keep it"))
  }

  @Test(arguments: [
    ("zeros", Verdict.Status.symmetric), ("constant(value=0.1)", .symmetric), ("normal(std=0.01)", .vanishing),
    ("normal(std=1)", .exploding),
  ])
  func aBrokenOneDoesNotAndIsMended(initializer: String, status: Verdict.Status) throws {
    let verdict = try Self.verdict(try Self.relu.get(), initializer)
    #expect(verdict.trains == false && verdict.status == status)
    #expect(verdict.learningRate == nil)
    #expect(verdict.summary.hasPrefix("Plain SGD is not expected to learn"))
    let recommendation = try #require(verdict.recommendation)
    #expect(recommendation.hasPrefix("Use he_normal. In a second audit, "), "\(recommendation)")
  }

  /// An initializer that the report itself shows to train surely is recommended before theory's own: for SELU theory names a
  /// variance at which the signal shrinks, and lecun_normal, beside it in the audit, keeps it.
  @Test func theReportsOwnBestIsRecommended() throws {
    let network = try Examined.mlp(depth: 24, width: 64, .selu)
    let configuration = AuditConfiguration(
      network: network, initializers: [.lecunNormal, .zeros, .normal(std: 1)], batch: 64, replicas: 3, seed: 2,
      histograms: false)
    let verdicts = try Audit(configuration).diagnose().runs.compactMap(\.verdict)
    #expect(verdicts.map(\.trains) == [true, false, false])
    #expect(try #require(verdicts[0].confidence) >= 0.9)
    for verdict in verdicts.dropFirst() {
      let text = try #require(verdict.recommendation)
      #expect(text.hasPrefix("Use lecun_normal. In this audit plain SGD is expected to learn with it at a "), "\(text)")
    }
  }

  @Test func whatIsNotANumberDoesNotTrain() throws {
    let verdict = try Self.verdict(try Self.relu.get(), "he_normal") { configuration in
      configuration.given.weights["dense_3"] = [Float](repeating: .nan, count: 64 * 64)
    }
    #expect(verdict.trains == false && verdict.status == .nonfinite)
  }

  @Test func givenWeightsAreJudgedAndNotTheirScheme() throws {
    let verdict = try Self.verdict(try Self.relu.get(), "he_normal") { configuration in
      for layer in 1...12 { configuration.given.weights["dense_\(layer)"] = [Float](repeating: 0, count: 64 * 64) }
    }
    #expect(verdict.trains == false)
  }

  @Test func depthThatNoInitializationSavesAsksForAnotherArchitecture() throws {
    // Sigmoid's units saturate at criticality: 60 narrow layers are beyond every initializer.
    let network = try Examined.mlp(depth: 60, width: 32, .sigmoid)
    let verdict = try Self.verdict(network, "glorot_normal")
    #expect(verdict.trains == false && (verdict.status == .vanishing || verdict.status == .collapsed))
    let recommendation = try #require(verdict.recommendation)
    // Theory knows that, so that no time is spent on them; tanh is the smallest change that works.
    #expect(
      recommendation.hasPrefix(
        "Use tanh in place of the activation, with orthogonal. By theory no initializer alone is enough at this depth. In a "
          + "second audit, "), "\(recommendation)")
  }

  /// Where theory has a good word for them, initializers come first: of six sigmoid layers the saturated critical point
  /// trains.
  @Test func initializersComeFirstWhereTheyMayBeEnough() throws {
    let verdict = try Self.verdict(try Examined.mlp(depth: 6, width: 64, .sigmoid), "glorot_normal")
    #expect(verdict.trains != true)
    let recommendation = try #require(verdict.recommendation)
    #expect(
      recommendation.hasPrefix("Use variance_scaling(scale=103.008). ")
        || recommendation.hasPrefix("Use orthogonal(gain=10.149). "),
      "\(recommendation)")
  }

  /// A remedy is looked at once, whichever runs need it, and none after the first that is sure.
  @Test func theSearchEndsAtTheFirstThatIsSure() throws {
    var configuration = AuditConfiguration(
      network: try Self.relu.get(),
      initializers: [try Initializer(parsing: "zeros"), try Initializer(parsing: "normal(std=1)")],
      batch: 64, replicas: 3, seed: 2, histograms: false)
    configuration.threads = 2
    let steps = Mutex<[Int]>([])
    let report = try Audit(configuration).diagnose { progress in
      if progress.phase == .remedies { steps.withLock { $0.append(progress.done) } }
    }
    let advice = report.runs.compactMap(\.verdict?.recommendation)
    #expect(advice.count == 2 && advice[0] == advice[1] && advice[0].hasPrefix("Use he_normal. In a second audit, "))
    // Theory vouches for he_normal: it is tried for the first run, known for the second, and nothing else is looked at.
    #expect(steps.withLock { $0.count } == 2)
  }

  /// Signals of 10^-95 are zeros in Float32: what is left of the gradient along the classes is the rounding of their codes,
  /// which is no evidence of anything (it used to give an expected accuracy of 0.40).
  @Test func whatRoundingLeavesOfAGradientIsNone() throws {
    let verdict = try Self.verdict(try Examined.mlp(depth: 50, width: 64, .relu), "normal(std=0.01)")
    #expect(verdict.trains == false && verdict.confidence == 0.99)
    #expect(
      verdict.summary.contains("No useful gradient reaches any weight"), "\(verdict.summary)")
    #expect(verdict.evidence["log10Signal"] == -.infinity)
    // The commonest of ten classes holds 26 of the stand-in's 256 samples.
    #expect(verdict.expectedAccuracies.map(\.accuracy) == [0.102, 0.102, 0.102, 0.102])
  }

  /// The model's accuracies are for ten classes, from 0.1 to 1; two equal classes begin at 0.5.
  @Test func accuraciesBeginAtChance() throws {
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .relu).repeated(4)
      Dense(2)
    }
    let configuration = AuditConfiguration(
      network: network, initializers: [.heNormal], batch: 64, replicas: 3, seed: 2, histograms: false)
    let verdict = try #require(try Audit(configuration).diagnose().runs[0].verdict)
    let reading = try #require(
      try VerdictMaker(configuration).readings([.heNormal], network: network, given: GivenTensors()).readings[0])
    let predicted = TrainabilityModel.predict(reading).accuracies
    #expect(predicted.contains { $0 > 0.8 } && verdict.expectedAccuracies.count == predicted.count)
    for (expected, tenClasses) in zip(verdict.expectedAccuracies, predicted) {
      // Rounded to three digits.
      #expect(abs(expected.accuracy - (0.5 + 0.5 * max(0, (tenClasses - 0.1) / 0.9))) < 0.00051)
    }
  }

  /// Without samples of the user's own, artificial ones have the input's mean and deviation: 0 and 1, 0 and 1 / sqrt 3 on
  /// [-1, 1), 1/2 and 1 / sqrt 12 on [0, 1).
  @Test(arguments: [(Scaling.standardized, 0, 1.0), (.symmetric, 0, 3.0), (.unit, 0.5, 12.0)])
  func theStandInHasTheInputsMoments(scaling: Scaling, mean: Float, square: Float) throws {
    let network = try Examined.mlp(depth: 3, width: 64, .relu)
    let configuration = AuditConfiguration(network: network, initializers: [.heNormal], input: .uniform(scaling), seed: 4)
    let task = ProbeTask(
      standInFor: network, samples: 4 * TangentProbe.batch, seed: 4, mean: mean, deviation: 1 / square.squareRoot())
    let possible = try [TangentProbe.batch, TangentProbe.closerBatch].map { batch in
      let probe = try TangentProbe(network: network, initializer: .heNormal, task: task, batch: batch, seed: 4)
      return TangentReading.mean(try TangentProbe.measure([probe], replicas: 2, workers: 1).readings[0])
    }
    let taken = try VerdictMaker(configuration).readings([.heNormal], network: network, given: GivenTensors()).readings[0]
    #expect(possible.contains { $0 == taken })
  }

  /// A small batch is enough where the model is sure of it, at 0.97; elsewhere the larger one counts.
  @Test func unsureReadingsAreTakenAgain() throws {
    let network = try Examined.mlp(depth: 16, width: 32, .relu)
    let initializers = try [2.0, 1.7, 1.5, 1.4, 1.3, 1.2, 1.1, 1].map {
      try Initializer(parsing: "variance_scaling(scale=\($0),mode=fan_in,distribution=normal)")
    }
    let configuration = AuditConfiguration(network: network, initializers: initializers, seed: 4)
    let task = ProbeTask(standInFor: network, samples: 4 * TangentProbe.batch, seed: 4)
    func readings(_ batch: Int) throws -> [TangentReading] {
      let probes = try initializers.map {
        try TangentProbe(network: network, initializer: $0, task: task, batch: batch, seed: 4)
      }
      return try TangentProbe.measure(probes, replicas: 2, workers: 1).readings.map(TangentReading.mean)
    }
    let small = try readings(TangentProbe.batch), large = try readings(TangentProbe.closerBatch)
    let taken = try VerdictMaker(configuration).readings(initializers, network: network, given: GivenTensors()).readings
    var sure = 0
    for place in initializers.indices {
      let probability = TrainabilityModel.predict(small[place]).probability
      let isSure = max(probability, 1 - probability) >= 0.97 && TrainabilityModel.predict(small[place]).trains != nil
      sure += isSure ? 1 : 0
      #expect(taken[place] == (isSure ? small : large)[place], "\(initializers[place]): \(probability)")
    }
    #expect(sure > 0 && sure < initializers.count)
  }

  @Test func aVerdictDoesNotDependOnThreads() throws {
    let one = try Self.verdict(try Self.relu.get(), "normal(std=1)") { $0.threads = 1 }
    #expect(one == (try Self.verdict(try Self.relu.get(), "normal(std=1)") { $0.threads = 3 }))
  }

  @Test func memoryThatDoesNotHoldTheGradientsLeavesNoVerdict() throws {
    let configuration = AuditConfiguration(network: try Self.relu.get(), initializers: [.heNormal], memoryLimit: 1000)
    #expect(
      try VerdictMaker(configuration).readings([.heNormal], network: configuration.network, given: GivenTensors())
        .readings == [nil])
  }
}
