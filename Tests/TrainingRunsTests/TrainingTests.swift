import FileOutput
import Foundation
import NetworkGraph
import Testing
import TrainingRuns

@Suite struct TrainingTests {
  private func configuration(
    _ initializers: [Initializer] = [.heNormal], epochs: Int = 4, replicas: Int = 2, threads: Int = 2,
    optimizer: Optimizer = .sgd(learningRate: 0.1), network: Network? = nil
  ) throws -> TrainingConfiguration {
    TrainingConfiguration(
      network: try network ?? Sets.mlp([4, 16, 2]), initializers: initializers,
      data: TrainingData(
        name: "separable", training: Sets.separable(203), validation: Sets.separable(50, seed: 2),
        test: Sets.separable(60, seed: 3)),
      optimizer: optimizer, epochs: epochs, batch: 16, replicas: replicas, seed: 5, threads: threads)
  }

  /// Two clouds four deviations apart are learnt to the last sample; a batch of 16 leaves a last one of 11.
  @Test func whatALineDividesIsLearnt() throws {
    var c = try configuration()
    c.target = 0.9
    let report = try Training(c).run()
    for run in report.runs {
      #expect(run.epochs.count == 4 && run.divergence == nil)
      #expect(run.testAccuracy == 1 && run.epochs[3].validationAccuracy == 1)
      #expect(run.epochs[3].loss < run.epochs[0].loss)
      #expect((1...2).contains(try #require(run.epochsToTarget)))
      #expect(run.layers.map(\.name) == ["dense_1", "output"])
      #expect(run.layers.allSatisfy { $0.steps.count == $0.updateRatio.count && $0.steps.first == 0 && $0.steps.last == 51 })
      #expect(run.layers[0].before.counts.reduce(0, +) == 64 && run.layers[0].before != run.layers[0].after)
    }
    #expect(report.summary[0].testAccuracy?.mean == 1)
  }

  @Test func nothingDependsOnThreads() throws {
    let initializers: [Initializer] = [.heNormal, .glorotUniform, .orthogonal, .lsuv]
    func bare(_ threads: Int) throws -> [TrainingRun] {
      var runs = try Training(try configuration(initializers, threads: threads)).run().runs
      for run in runs.indices { for epoch in runs[run].epochs.indices { runs[run].epochs[epoch].seconds = 0 } }
      return runs
    }
    let one = try bare(1)
    #expect(try bare(3) == one)
    #expect(one.map(\.initializer) == initializers.flatMap { [$0.description, $0.description] })
    // Seeds differ, and so do initializers.
    #expect(Set(one.map { $0.epochs[0].loss }).count == 8)
  }

  /// Every sample once an epoch, in an order of its own: a permutation that fixes few places.
  @Test func epochsAreShuffled() throws {
    // One feature that says which sample it is, and a learning rate of 0: step losses are a fingerprint of the order.
    let count = 64
    let table = SampleTable(
      values: (0..<count).map { Float($0) / 32 - 1 }, features: 1, targets: [Float](repeating: 0, count: count))
    var c = TrainingConfiguration(
      network: try Network(input: .features(1)) { Dense(1, hasBias: false).named("output") }, initializers: [.heNormal],
      data: TrainingData(name: "line", training: table), loss: .meanSquaredError, optimizer: .sgd(learningRate: 0),
      epochs: 2,
      batch: 1, replicas: 2)
    c.given.parameters = ["output/weight": [1]]
    c.given.keepsStepLosses = true
    let runs = try Training(c).run().runs
    let expected = (0..<count).map { pow(Double($0) / 32 - 1, 2) }
    var orders: Set<[Double]> = []
    for run in runs {
      let losses = try #require(run.stepLosses)
      for epoch in 0..<2 {
        let part = Array(losses[(epoch * count)..<((epoch + 1) * count)])
        #expect(part.sorted() == expected.sorted())
        // A random permutation fixes one place on average; more than ten of 64 have probability 1e-8.
        #expect(zip(part, expected).count { $0 == $1 } < 12)
        orders.insert(part)
      }
    }
    #expect(orders.count == 4)
  }

  /// Ten samples in batches of four: an epoch's loss is the mean over its samples, of which the last batch has two.
  @Test func anEpochsLossIsTheMeanOverItsSamples() throws {
    let count = 10
    let table = SampleTable(
      values: (0..<count).map { Float($0) / 32 - 1 }, features: 1, targets: [Float](repeating: 0, count: count))
    var c = TrainingConfiguration(
      network: try Network(input: .features(1)) { Dense(1, hasBias: false).named("output") }, initializers: [.heNormal],
      data: TrainingData(name: "line", training: table), loss: .meanSquaredError, optimizer: .sgd(learningRate: 0),
      epochs: 3, batch: 4, replicas: 1)
    c.given.parameters = ["output/weight": [1]]
    let expected = (0..<count).reduce(0) { $0 + pow(Double($1) / 32 - 1, 2) } / 10
    for epoch in try Training(c).run().runs[0].epochs { #expect(abs(epoch.loss - expected) < 1e-6) }
  }

  /// A target is reached by an accuracy that equals it, and the first such epoch counts, from 1.
  @Test func aTargetIsReachedByEquality() throws {
    var c = try configuration()
    c.target = 1
    for run in try Training(c).run().runs {
      let first = try #require(run.epochs.firstIndex { $0.validationAccuracy == 1 })
      #expect(run.epochsToTarget == first + 1)
    }
  }

  @Test func aLossThatStopsBeingANumberIsAResult() throws {
    let report = try Training(try configuration([.heNormal, .glorotNormal], optimizer: .sgd(learningRate: 1e30))).run()
    for run in report.runs {
      #expect(try #require(run.divergence).epoch == 1 && run.epochs.count == 1 && run.testAccuracy == nil)
    }
    #expect(report.summary.allSatisfy { $0.diverged == 2 && $0.testAccuracy == nil && $0.pValue == nil })
  }

  /// PyTorch raises "Expected more than 1 value per channel when training" in the middle of the epoch; here it is told
  /// before.
  @Test func aLastBatchOfOneIsRefusedBehindBatchNormalization() throws {
    let network = try Network(input: .features(4)) {
      Dense(16)
      BatchNorm(activation: .relu)
      Dense(2)
    }
    var c = try configuration(replicas: 1, network: network)
    let samples = c.data.training.count
    c.batch = samples - 1
    let error = #expect(throws: TrainingMismatch.self) { try Training(c).run() }
    #expect(error?.message.hasPrefix("\(samples) samples in batches of \(samples - 1) leave one for the last batch") == true)
    #expect(error?.hint == "Use another --batch, such as \(samples - 2), or layer_norm in place of batch_norm")
    c.batch = 1
    #expect(throws: TrainingMismatch.self) { try Training(c).run() }
    c.batch = samples - 2
    try Training(c).check()
    // A step that is not taken does no harm.
    c.batch = samples - 1
    c.stepsPerEpoch = 1
    try Training(c).check()
  }

  /// A run that is taken up after its second epoch ends as one that was never interrupted.
  @Test(arguments: [Optimizer.sgd(learningRate: 0.1, momentum: 0.9), .adam(), .rmsprop()])
  func resumedRunsEndTheSame(optimizer: Optimizer) throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("initscope-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let network = try Network(input: .features(4)) {
      Dense(16)
      BatchNorm(activation: .relu)
      Dense(2).named("output")
    }
    struct Stop: Error {}
    var c = try configuration(replicas: 1, optimizer: optimizer, network: network)
    let whole = try Training(c).run().runs[0]
    c.checkpoints = directory
    #expect(throws: Stop.self) { try Training(c).run { done, _ in if done == 2 { throw Stop() } } }
    var resumed = try Training(c).run().runs[0]
    for epoch in resumed.epochs.indices { resumed.epochs[epoch].seconds = whole.epochs[epoch].seconds }
    #expect(resumed == whole)

    // Damage is told, and a checkpoint of something else.
    let file = try #require(FileManager.default.contentsOfDirectory(atPath: directory).first)
    let path = directory + "/" + file
    var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
    c.batch = 8
    #expect { try Training(c).run() } throws: { "\($0)".contains("belongs to another training") }
    c.batch = 16
    bytes[bytes.count / 2] ^= 1
    try AtomicFile.write(bytes, to: path)
    #expect { try Training(c).run() } throws: { "\($0)".contains(path) && "\($0)".contains("checksum") }
    try AtomicFile.write(Array(bytes.prefix(100)), to: path)
    #expect { try Training(c).run() } throws: { "\($0)".contains("Remove it to train from the start") }
  }

  @Test func pairedTests() throws {
    // Three differences of 0.01, 0.02, 0.03: t = 3.4641 with two degrees of freedom, p = 0.0742 (scipy.stats.ttest_1samp).
    let runs = ["a", "b"].flatMap { name in
      (0..<3).map { seed in
        var run = TrainingRun(initializer: name, seed: seed, epochs: [], layers: [])
        run.testAccuracy = 0.8 + (name == "a" ? 0.01 * Double(seed + 1) : 0)
        return run
      }
    }
    let summary = TrainingReport.summarize(runs, initializers: ["a", "b"])
    #expect(summary[0].pValue == nil)
    #expect(abs(try #require(summary[1].pValue) - 0.074180) < 1e-5)
    #expect(abs(try #require(summary[1].difference).mean + 0.02) < 1e-12)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let table = Sets.separable(20)
    func expect(_ sizes: [Int], _ loss: Loss, _ data: SampleTable, _ text: String, penalty: String? = nil) throws {
      var c = TrainingConfiguration(
        network: try Sets.mlp(sizes), initializers: [.heNormal], data: TrainingData(name: "d", training: data), loss: loss)
      if let penalty { c.penalties = [(penalty, .l2(0.1))] }
      #expect { try Training(c).run() } throws: { "\($0)".contains(text) }
    }
    try expect([5, 3, 2], .crossEntropy, table, "samples of 4 values, the network takes 5")
    try expect([4, 3, 1], .crossEntropy, table, "needs an output for each class")
    let three = SampleTable(values: [1, 2, 3], features: 1, labels: [0, 1, 2], classCount: 3)
    try expect([1, 2], .crossEntropy, three, "has 3 classes, the network 2 outputs")
    let numbers = SampleTable(values: [1, 2, 3], features: 1, targets: [0.5, 1, 2])
    try expect([1, 2], .crossEntropy, numbers, "cross_entropy needs classes")
    try expect([1, 2], .meanSquaredError, numbers, "answers per sample: 1, outputs of the network: 2")
    try expect([4, 3, 2], .crossEntropy, table, "no weights or is not there", penalty: "dense_9")
  }
}
