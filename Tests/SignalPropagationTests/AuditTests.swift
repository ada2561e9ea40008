import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// The audit as a whole: what it must not depend on, and what it refuses.
@Suite struct AuditTests {
  private static let initializers: [Initializer] = [
    .zeros, .normal(std: 0.01), .heNormal, .glorotUniform, .orthogonal(gain: 1.4142), .lsuv, .krahenbuhl,
  ]

  private func configuration(threads: Int) throws -> AuditConfiguration {
    let network = try Network(input: .features(70)) {
      Dense(90, activation: .gelu)
      Residual {
        Dense(90, activation: .relu); Dense(90)
      }.repeated(4)
      Dense(10)
    }
    return AuditConfiguration(
      network: network, initializers: Self.initializers, batch: 65, replicas: 3, seed: 4, threads: threads)
  }

  @Test func runsAreEqualBitForBitForAnyNumberOfThreads() throws {
    let one = try Audit(configuration(threads: 1)).run()
    let two = try Audit(configuration(threads: 2)).run()
    let five = try Audit(configuration(threads: 5)).run()
    #expect(one.runs == two.runs)
    #expect(one.runs == five.runs)
    #expect(one.environment.threads == 1 && two.environment.threads == 2)
  }

  @Test func recomputingFromCheckpointsChangesNothing() throws {
    var configuration = try configuration(threads: 1)
    // Deep and narrow, with a large batch: signals dominate, and checkpoints save most of them.
    configuration.network = try Network(input: .features(64)) {
      Dense(64, activation: .tanh).repeated(10)
      Residual {
        Dense(64, activation: .tanh); Dense(64)
      }.repeated(10)
      Dense(64, activation: .gelu).repeated(20)
      Dense(10)
    }
    configuration.batch = 2048
    configuration.replicas = 1
    // Tests run side by side: what the process occupies would decide the plan.
    configuration.occupiedMemory = 0
    let generous = try Audit(configuration).run()
    let plan = ExecutionPlan(configuration.network)
    configuration.memoryLimit = 48 << 20
    let chosen = try MemoryPlan.choose(plan, batch: 2048, jobs: 7, threads: 1, occupied: 0, limit: 46 << 20)
    try #require(chosen.segments.count > 1)
    let frugal = try Audit(configuration).run()
    #expect(frugal.runs == generous.runs)
    configuration.memoryLimit = 1 << 20
    let error = #expect(throws: MemoryLimitExceeded.self) { try Audit(configuration).run() }
    #expect(error?.description.contains("Raise --memory") == true)
  }

  /// Layers that run by kernels, with masks, moments and states of their own, are computed again as they were.
  @Test func kernelsAreComputedAgainFromCheckpoints() throws {
    let network = try Network(input: .sequence(steps: 12, features: 16)) {
      for _ in 0..<3 {
        Conv1D(16, kernel: 3, padding: .same, activation: .relu)
        Dropout(0.2)
        Residual {
          LayerNorm()
          SelfAttention(heads: 4)
        }
        LSTM(16, returns: .sequence)
        GRU(16, returns: .sequence)
      }
      BatchNorm()
      MaxPool(2)
      Flatten()
      Dense(10)
    }
    var configuration = AuditConfiguration(
      network: network, initializers: [.glorotUniform, .lsuv], batch: 256, replicas: 2, seed: 3, threads: 2)
    configuration.occupiedMemory = 0
    configuration.memoryLimit = 1 << 33
    let generous = try Audit(configuration).run(), plan = ExecutionPlan(network)
    // The least that suffices, which the refusal names.
    configuration.memoryLimit = 1 << 20
    let refused = #expect(throws: MemoryLimitExceeded.self) { try Audit(configuration).run() }
    let least = try #require(refused).needed
    let chosen = try MemoryPlan.choose(plan, batch: 256, jobs: 4, threads: 2, occupied: 0, limit: least)
    #expect(chosen.segments.count > 2 && chosen.workers == 1)
    configuration.memoryLimit = least
    let frugal = try Audit(configuration).run()
    #expect(frugal.runs == generous.runs)
  }

  @Test func anotherSeedIsAnotherDraw() throws {
    var configuration = try configuration(threads: 2)
    let first = try Audit(configuration).run()
    configuration.seed = 5
    let second = try Audit(configuration).run()
    #expect(first.runs[2] != second.runs[2])
  }

  @Test func initializersSeeTheSameInputsAndShareTheirBaseDraws() throws {
    let network = try Harness.perceptron(20, [30, 5], activation: .relu)
    let (_, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal, .normal(std: 1), .lecunNormal], batch: 7, replicas: 2))
    #expect(t["input", .input, initializer: 0] == t["input", .input, initializer: 2])
    #expect(t["input", .input, replica: 0] != t["input", .input, replica: 1])
    for (he, standard) in zip(t["dense_1", .weights], t["dense_1", .weights, initializer: 1]) {
      #expect(agree(he, standard * (2.0 / 20).squareRoot(), relative: 1e-6))
    }
  }

  /// Reference case 10: two layers under one initializer do not get one and the same draw.
  @Test func layersOfOneShapeGetDifferentWeights() throws {
    let network = try Harness.perceptron(16, [16, 16, 16], activation: .relu)
    let (_, t) = try Harness.tapped(AuditConfiguration(network: network, initializers: [.heNormal], batch: 3, replicas: 2))
    #expect(t["dense_1", .weights] != t["dense_2", .weights])
    #expect(t["dense_1", .weights, replica: 0] != t["dense_1", .weights, replica: 1])
  }

  /// Reference case 9: bf16 rounding turns a truncated normal of std 0.02 into one that emits -2.0.
  @Test func anAuditSeesWeightsBeyondTheirLaw() throws {
    let network = try Harness.perceptron(64, [64, 10], activation: .relu)
    var configuration = AuditConfiguration(
      network: network, initializers: [.truncatedNormal(std: 0.02)], batch: 8, replicas: 1)
    let (clean, t) = try Harness.tapped(configuration)
    #expect(clean.runs[0].layers[0].weights?.outliers == 0)
    var weights = t["dense_1", .weights].map(Float.init)
    weights[100] = -2
    weights[2000] = -2
    configuration.given.weights["dense_1"] = weights
    #expect(try Audit(configuration).run().runs[0].layers[0].weights?.outliers == 2)
  }

  @Test func identicalUnitsAreCounted() throws {
    let network = try Harness.perceptron(8, [20, 4], activation: .tanh)
    let constant = try Audit(AuditConfiguration(network: network, initializers: [.constant(0.3)], batch: 9, replicas: 1))
      .run()
    #expect(constant.runs[0].layers[0].activation.duplicateFraction == 1)
    var configuration = AuditConfiguration(network: network, initializers: [.heNormal], batch: 9, replicas: 1)
    let (distinct, t) = try Harness.tapped(configuration)
    #expect(distinct.runs[0].layers[0].activation.duplicateFraction == 0)
    var weights = t["dense_1", .weights].map(Float.init)
    for input in 0..<8 { weights[5 * 8 + input] = weights[11 * 8 + input] }
    configuration.given.weights["dense_1"] = weights
    #expect(try Audit(configuration).run().runs[0].layers[0].activation.duplicateFraction == 0.1)
  }

  /// Data-dependent initializers give all units one mean and one variance, which makes them no copies.
  @Test func unitsOfOneMeanAndVarianceAreNoCopies() throws {
    let dense = try Harness.perceptron(16, [64, 64, 4], activation: .tanh)
    let images = try Network(input: .image(channels: 3, height: 6, width: 6)) {
      Conv2D(24, kernel: 3, activation: .relu)
      Flatten()
      Dense(4)
    }
    for network in [dense, images] {
      let configuration = AuditConfiguration(network: network, initializers: [.krahenbuhl], batch: 64, replicas: 1)
      let layers = try Audit(configuration).run().runs[0].layers
      for layer in layers { #expect(layer.activation.duplicateFraction == 0, "\(layer.name)") }
    }
  }

  @Test func orthogonalityDefectTellsHaarFromGaussian() throws {
    let network = try Harness.perceptron(200, [200, 100, 300], activation: .relu)
    let report = try Audit(
      AuditConfiguration(network: network, initializers: [.orthogonal(gain: 1.4142), .heNormal], batch: 4, replicas: 2)
    ).run()
    for layer in report.runs[0].layers { #expect(try #require(layer.weights?.orthogonalityDefect) < 1e-5) }
    for layer in report.runs[1].layers {
      // |W W^T / s - I|_F^2 / p has mean (p + 1)/q for p x q Gaussian weights; the estimate's deviation is below 10%.
      let p = Double(min(layer.fanIn ?? 1, layer.units)), q = Double(max(layer.fanIn ?? 1, layer.units))
      let defect = try #require(layer.weights?.orthogonalityDefect)
      #expect(agree(defect, ((p + 1) / q).squareRoot(), relative: 0.25))
    }
  }

  @Test func theInputsMomentsAreReported() throws {
    let network = try Harness.perceptron(16, [4], activation: .relu)
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 50, replicas: 1))
    let raw = t["input", .input]
    let m2 = raw.reduce(0) { $0 + $1 * $1 } / Double(raw.count)
    #expect(agree(try #require(report.input.secondMoment), m2, relative: 1e-6))
    // 1,225 pairs of independent rows of 16: a cosine deviates by 1/4, their mean by about 1/140.
    #expect(abs(try #require(report.input.cosineSimilarity)) < 0.05)
  }

  @Test func growthNeedsThreeHiddenLayers() throws {
    func run(_ hidden: Int) throws -> InitializerRun {
      let network = try Harness.perceptron(10, Array(repeating: 10, count: hidden) + [3], activation: .relu)
      return try Audit(AuditConfiguration(network: network, initializers: [.heNormal], batch: 50, replicas: 3)).run().runs[0]
    }
    #expect(try run(2).forwardGrowth == nil)
    #expect(try run(3).forwardGrowth?.interval != nil)
  }

  @Test func refusesInputThatDoesNotFit() throws {
    let network = try Harness.perceptron(10, [10, 3], activation: .relu)
    let configuration = AuditConfiguration(network: network, initializers: [.heNormal], backward: .crossEntropy)
    let error = #expect(throws: InputMismatch.self) { try Audit(configuration).run() }
    #expect(error?.description.contains("labelled") == true)
  }

  @Test func progressReachesItsTotal() throws {
    let seen = ProgressRecord()
    _ = try Audit(configuration(threads: 2)).run(progress: { seen.note($0, $1) })
    #expect(seen.largest == 21 && seen.total == 21)
  }

  /// Units are told apart by their own size: one that is huge does not make the others alike.
  @Test func unitsBesideAHugeOneAreNotDuplicates() throws {
    let network = try Harness.perceptron(8, [20, 4], activation: .relu)
    var configuration = AuditConfiguration(network: network, initializers: [.heNormal], batch: 30, replicas: 1)
    let (_, t) = try Harness.tapped(configuration)
    var weights = t["dense_1", .weights].map(Float.init)
    for input in 0..<8 { weights[3 * 8 + input] *= 1e12 }
    configuration.given.weights["dense_1"] = weights
    #expect(try Audit(configuration).run().runs[0].layers[0].activation.duplicateFraction == 0)
  }

  @Test func aBatchOfOneHasNeitherSpreadNorDuplicates() throws {
    let network = try Harness.perceptron(8, [4096, 4], activation: .tanh)
    let run = try Audit(AuditConfiguration(network: network, initializers: [.heNormal], batch: 1, replicas: 1)).run().runs[0]
    for layer in run.layers {
      #expect(layer.activation.duplicateFraction == nil && layer.activation.spread == nil)
      #expect(layer.activation.belowResolution.isEmpty && layer.activation.cosineSimilarity == nil)
    }
  }

  /// One value per channel has no deviation; two positions are two values (PyTorch's rule).
  @Test func aBatchOfOneIsRefusedBehindBatchNormalization() throws {
    let features = try Network(input: .features(8)) {
      Dense(8)
      BatchNorm(activation: .relu)
      Dense(2)
    }
    let error = #expect(throws: InputMismatch.self) {
      try Audit(AuditConfiguration(network: features, initializers: [.heNormal], batch: 1, replicas: 1)).run()
    }
    #expect(error?.message.contains("'batch_norm_1'") == true && error?.hint.contains("--batch 2") == true)
    let image = try Network(input: .image(channels: 1, height: 2, width: 1)) {
      BatchNorm()
      Flatten()
      Dense(2)
    }
    let sequence = try Network(input: .sequence(steps: 2, features: 3)) {
      BatchNorm()
      Flatten()
      Dense(2)
    }
    for network in [image, sequence] {
      _ = try Audit(AuditConfiguration(network: network, initializers: [.heNormal], batch: 1, replicas: 1)).run()
    }
    _ = try Audit(AuditConfiguration(network: features, initializers: [.heNormal], batch: 2, replicas: 1)).run()
  }
}
