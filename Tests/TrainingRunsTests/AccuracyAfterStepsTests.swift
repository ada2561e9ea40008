import NetworkGraph
import Testing
import TrainingRuns

/// The training accuracy after 300 steps, which is what a verdict predicts.
@Suite struct AccuracyAfterStepsTests {
  private static func configuration(
    epochs: Int, test: SampleTable? = nil, _ training: SampleTable = Sets.separable(400)
  ) throws -> TrainingConfiguration {
    var c = TrainingConfiguration(
      network: try Network(input: .features(4)) {
        Dense(8)
        BatchNorm(activation: .relu)
        Dropout(0.3)
        Dense(2).named("output")
      }, initializers: [.heNormal], data: TrainingData(name: "separable", training: training, test: test),
      optimizer: .sgd(learningRate: 0.02), epochs: epochs, batch: 4, replicas: 2, seed: 3, threads: 1)
    c.measuresAccuracyAt300Steps = true
    return c
  }

  /// A run of 300 steps whose test set is its training set ends with that accuracy; a longer one has it on the way, whatever
  /// the steps before and after.
  @Test func isThatOfATrainingThatEndsThere() throws {
    let table = Sets.separable(400)
    let short = try Training(try Self.configuration(epochs: 3, test: table, table)).run()
    let long = try Training(try Self.configuration(epochs: 5, table)).run()
    for (a, b) in zip(short.runs, long.runs) {
      let value = try #require(b.trainingAccuracyAt300Steps)
      // Better than chance, and not at its end: the comparison says something.
      #expect(value > 0.5 && a.testAccuracy == value && a.trainingAccuracyAt300Steps == value)
    }
    let mean = long.runs.compactMap(\.trainingAccuracyAt300Steps).reduce(0, +) / 2
    #expect(long.summary[0].trainingAccuracyAt300Steps?.mean == mean)
  }

  /// Looking does not change what is trained.
  @Test func doesNotDisturbTheTraining() throws {
    var plain = try Self.configuration(epochs: 4)
    plain.measuresAccuracyAt300Steps = false
    var watched = try Training(try Self.configuration(epochs: 4)).run().withoutSeconds.runs
    #expect(watched.allSatisfy { $0.trainingAccuracyAt300Steps != nil })
    for index in watched.indices { watched[index].trainingAccuracyAt300Steps = nil }
    #expect(try Training(plain).run().withoutSeconds.runs == watched)
  }

  /// A set that is sorted by class, twice as long as what is looked at, and a network that always says 0: half is right.
  @Test func looksAtAllOfTheSet() throws {
    let count = 2 * TrainingConfiguration.accuracySamples
    let table = SampleTable(
      values: [Float](repeating: 1, count: count), features: 1, labels: (0..<count).map { $0 < count / 2 ? 0 : 1 },
      classCount: 2)
    var c = TrainingConfiguration(
      network: try Network(input: .features(1)) { Dense(2).named("output") }, initializers: [.heNormal],
      data: TrainingData(name: "sorted", training: table), optimizer: .sgd(learningRate: 0),
      epochs: 300 * 4 / count + 1, batch: 4, replicas: 1, threads: 1)
    c.given.parameters = ["output/weight": [0, 0], "output/bias": [1, 0]]
    c.measuresAccuracyAt300Steps = true
    #expect(try Training(c).run().runs[0].trainingAccuracyAt300Steps == 0.5)
  }

  @Test func isMissingWhereThereIsNone() throws {
    // 299 steps: two epochs of 100, and one more step would make it.
    var short = try Self.configuration(epochs: 1, Sets.separable(4 * 299))
    #expect(try Training(short).run().runs.allSatisfy { $0.trainingAccuracyAt300Steps == nil })
    short.data = TrainingData(name: "separable", training: Sets.separable(4 * 300))
    #expect(try Training(short).run().runs.allSatisfy { $0.trainingAccuracyAt300Steps != nil })
    // Numbers for answers have no accuracy.
    let classes = Sets.separable(1200)
    let numbers = SampleTable(
      values: classes.sampleValues, features: 4, targets: (0..<2400).map { Float($0 % 7) })
    short.data = TrainingData(name: "numbers", training: numbers)
    short.loss = .meanSquaredError
    #expect(try Training(short).run().runs.allSatisfy { $0.trainingAccuracyAt300Steps == nil })
  }
}
