import NetworkGraph
import Testing
import TrainingRuns

/// How runs become a comparison.
@Suite struct ComparisonTests {
  /// Products of three matrices of such weights leave Float's range at the first step.
  private static let huge = Initializer.normal(std: 1e20)

  private static func train(_ initializers: [Initializer]) throws -> TrainingReport {
    let data = TrainingData(
      name: "separable", training: Sets.separable(64), validation: Sets.separable(64, seed: 2),
      test: Sets.separable(64, seed: 3))
    return try Training(
      TrainingConfiguration(
        network: try Sets.mlp([4, 8, 8, 2], .leakyReLU(slope: 0.5)), initializers: initializers, data: data,
        optimizer: .sgd(learningRate: 0.1),
        epochs: 2, batch: 8, replicas: 3)
    ).run()
  }

  @Test func theHighestMeanIsTheBest() throws {
    let report = try Self.train([.zeros, .heNormal])
    #expect(report.summary.map(\.isBest) == [false, true])
    #expect(report.summary[1].difference == nil && report.summary[1].pValue == nil)
    let difference = try #require(report.summary[0].difference)
    let means = try report.summary.map { try #require($0.testAccuracy).mean }
    #expect(abs(difference.mean - (means[0] - means[1])) < 1e-12)
  }

  /// Quantities have no accuracy: the smallest loss is the best, and a difference to it is negative. Zero weights have none
  /// where every answer is 0.
  @Test func theSmallestLossIsTheBest() throws {
    let table = SampleTable(
      values: (0..<64).map { Float($0 % 16) / 8 - 1 }, features: 4, targets: [Float](repeating: 0, count: 16))
    let report = try Training(
      TrainingConfiguration(
        network: try Sets.mlp([4, 8, 1]), initializers: [.heNormal, .zeros],
        data: TrainingData(name: "zeros", training: table), loss: .meanSquaredError, optimizer: .sgd(learningRate: 1e-4),
        epochs: 1, batch: 8, replicas: 3)
    ).run()
    #expect(report.summary.map(\.isBest) == [false, true] && report.summary[1].loss?.mean == 0)
    let loss = try #require(report.summary[0].loss), difference = try #require(report.summary[0].difference)
    #expect(loss.mean > 0 && abs(difference.mean + loss.mean) < 1e-12)
  }

  /// Seeds that survived are a selection: no mean of theirs is to win.
  @Test func whatDivergedIsNotCompared() throws {
    let report = try Self.train([Self.huge, .zeros])
    #expect(report.summary[0].diverged == 3)
    #expect(report.runs.prefix(3).allSatisfy { $0.divergence != nil && $0.testAccuracy == nil })
    #expect(report.summary.map(\.isBest) == [false, true])
    #expect(report.summary[0].pValue == nil && report.summary[0].difference == nil)
  }

  @Test func nobodyIsBestWhereAllDiverged() throws {
    let report = try Self.train([Self.huge, .normal(std: 1e21)])
    #expect(report.summary.map(\.diverged) == [3, 3])
    #expect(!report.summary.contains { $0.isBest || $0.pValue != nil })
  }
}
