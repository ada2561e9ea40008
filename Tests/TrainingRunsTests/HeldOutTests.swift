import DataSets
import Testing
import TrainingRuns

/// What is held out of a set: nothing twice, nothing lost, and not the end of a file that is sorted by class.
@Suite struct HeldOutTests {
  /// A table whose labels are its rows' numbers.
  private static func table(_ rows: Int) -> FeatureTable {
    FeatureTable(
      name: "rows", values: (0..<rows).map(Float.init), features: 1, labels: Array(0..<rows), classCount: rows)
  }

  @Test func partsAreDisjointAndComplete() throws {
    let data = try TrainingData(Self.table(600), validation: .samples(50), scaling: .raw, seed: 3)
    let parts = [data.training, try #require(data.validation), try #require(data.test)].map { $0.labels.map(Int.init) }
    // A sixth of 600 is the test.
    #expect(parts.map(\.count) == [450, 50, 100])
    #expect(parts.joined().sorted() == Array(0..<600))
    for part in parts { #expect(part == part.sorted()) }
  }

  @Test func theTestIsSpreadOverTheFile() throws {
    let test = try #require(try TrainingData(Self.table(600), scaling: .raw, seed: 0).test)
    let mean = test.labels.reduce(0.0) { $0 + Double($1) } / 100
    // Mean of 100 of 0...599 without repetition: 299.5, deviation 173.2 / 10 * sqrt(500 / 599); 4.9 deviations are left in
    // 1e-6 of the cases.
    #expect(abs(mean - 299.5) < 4.9 * 15.83)
  }

  @Test func anotherSeedHoldsOutOthers() throws {
    let first = try TrainingData(Self.table(200), scaling: .raw, seed: 1)
    #expect(try TrainingData(Self.table(200), scaling: .raw, seed: 1).test?.labels == first.test?.labels)
    #expect(try TrainingData(Self.table(200), scaling: .raw, seed: 2).test?.labels != first.test?.labels)
  }

  @Test func aTestSetOfItsOwnLeavesTheRest() throws {
    let data = try TrainingData(Self.table(100), test: Self.table(7), validation: .fraction(0.25), scaling: .raw, seed: 0)
    #expect([data.training.count, data.validation?.count, data.test?.count] == [75, 25, 7])
  }

  @Test func defaultsAreBounded() throws {
    let data = try TrainingData(Self.table(120_000), scaling: .raw, seed: 0)
    #expect([data.training.count, data.validation?.count, data.test?.count] == [105_000, 5_000, 10_000])
    #expect(try TrainingData(Self.table(60), validation: .samples(0), scaling: .raw, seed: 0).validation == nil)
  }

  @Test func nothingLeftIsAnError() throws {
    let error = #expect(throws: TrainingMismatch.self) {
      try TrainingData(Self.table(60), validation: .samples(50), scaling: .raw, seed: 0)
    }
    #expect(error?.message == "rows has 50 samples to train on, and 50 of them are to be held out for validation")
  }
}
