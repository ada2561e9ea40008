import DataSets
import NetworkGraph
import Testing
import TrainingRuns

/// The time of a training, foretold from counts.
@Suite struct TrainingEstimateTests {
  private static func configuration(epochs: Int, width: Int = 512, depth: Int = 10) throws -> TrainingConfiguration {
    let samples = 60_000
    let table = FeatureTable(
      name: "blank", values: [Float](repeating: 0.5, count: samples * 16), features: 16,
      labels: (0..<samples).map { $0 % 10 }, classCount: 10)
    let network = try Network(input: .features(16)) {
      Dense(width, activation: .relu).repeated(depth)
      Dense(10)
    }
    return TrainingConfiguration(
      network: network, initializers: [.heNormal, .glorotUniform, .normal(std: 0.01)],
      data: try TrainingData(table, validation: .samples(5000), scaling: .raw, seed: 0), epochs: epochs, batch: 32,
      replicas: 3, threads: 1)
  }

  /// 200 steps of ten layers of 512 in batches of 32 took 1.9 s of processor time on fashion-mnist, beside what was done
  /// once.
  @Test func aLongTrainingIsForetold() throws {
    var one = try Self.configuration(epochs: 1)
    one.stepsPerEpoch = 200
    one.initializers = [.heNormal]
    one.replicas = 1
    let seconds = TrainingEstimate(one).usualSeconds
    #expect(seconds > 1 && seconds < 4, "\(seconds)")
    // 1,719 steps in an epoch, 30 epochs and 9 runs: hours on one thread.
    let hours = TrainingEstimate(try Self.configuration(epochs: 30)).usualSeconds / 3600
    #expect(hours > 0.4 && hours < 2, "\(hours)")
  }

  @Test func theTimeIsProportionalToTheRuns() throws {
    let one = TrainingEstimate(try Self.configuration(epochs: 1, width: 32, depth: 2)).usualSeconds
    let four = TrainingEstimate(try Self.configuration(epochs: 4, width: 32, depth: 2)).usualSeconds
    // The test set is predicted once, however many epochs there are.
    #expect(four / one > 3.9 && four / one < 4)
    #expect(TrainingEstimate(try Self.configuration(epochs: 1, width: 32, depth: 2)).seconds == one)
  }
}
