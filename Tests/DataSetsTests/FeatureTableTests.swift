import DataSets
import Testing

@Suite struct FeatureTableTests {
  /// Columns 1, 2, 3, 6 (mean 3, variance 3.5), a constant, and a pair of huge values.
  let table = FeatureTable(
    name: "t", values: [1, 0.1, -3e38, 2, 0.1, 3e38, 3, 0.1, 3e38, 6, 0.1, -3e38], features: 3)

  @Test func standardizesEveryFeatureOnItsOwn() {
    #expect(table.standardization == nil)
    let deviation = 3.5.squareRoot()
    #expect(table.featureStandardization[0] == Standardization(mean: 3, deviation: deviation))
    #expect(table.featureStandardization[1] == Standardization(mean: Double(Float(0.1)), deviation: 0))
    #expect(table.featureStandardization[2] == Standardization(mean: 0, deviation: Double(Float(3e38))))
    #expect(
      samples(table, [0, 3], .standardized) == [Float(-2 / deviation), 0, -1, Float(3 / deviation), 0, -1])
  }

  @Test func unitMapsTheRangeToTheUnitInterval() {
    #expect(table.featureRanges == [1...6, 0.1...0.1, -3e38...3e38])
    // 0.2: the one double-rounded quotient 1/5.
    #expect(samples(table, [0, 1, 3], .unit) == [0, 0, 0, 0.2, 0, 1, 1, 0, 0])
  }

  @Test func rawLeavesTheValues() {
    #expect(samples(table, [3, 0], .raw) == [6, 0.1, -3e38, 1, 0.1, -3e38])
  }
}
