import Testing
import TrainingRuns

/// Means over seeds and their intervals. Student's 97.5% quantiles are closed forms: with 2 degrees of freedom
/// P(|T| > t) = 1 - t / sqrt(2 + t^2), hence t = 0.95 sqrt(2 / (1 - 0.95^2)) = 4.302652729911275.
@Suite struct EstimateTests {
  private static let quantile = 4.302652729911275

  @Test func twoSeedsHaveNoInterval() throws {
    let two = try #require(TrainingReport.Estimate([0.5, 0.75], within: TrainingReport.Estimate.accuracies))
    #expect(two.mean == 0.625 && two.interval == nil && two.symmetricHalf == nil)
    #expect(two.lowest == 0.5 && two.highest == 0.75 && two.count == 2)
    let one = try #require(TrainingReport.Estimate([3]))
    #expect(one.mean == 3 && one.interval == nil && one.lowest == 3 && one.highest == 3 && one.count == 1)
    #expect(TrainingReport.Estimate([]) == nil)
  }

  @Test func threeSeedsHaveStudentsInterval() throws {
    let values = [0.5, 0.52, 0.57]
    let estimate = try #require(TrainingReport.Estimate(values, within: TrainingReport.Estimate.accuracies))
    let mean = 0.53, deviation = ((0.03 * 0.03 + 0.01 * 0.01 + 0.04 * 0.04) / 2).squareRoot()
    let half = Self.quantile * deviation / 3.0.squareRoot()
    let interval = try #require(estimate.interval)
    // Sums of three numbers of order 1 in another order, and the quantile's own last digits.
    #expect(abs(estimate.mean - mean) < 1e-12)
    #expect(abs(interval[0] - (mean - half)) < 1e-9 && abs(interval[1] - (mean + half)) < 1e-9)
    #expect(abs(try #require(estimate.symmetricHalf) - half) < 1e-9)
  }

  /// An accuracy cannot leave 0 to 1, nor a loss fall below 0: the interval ends there, and says that it is cut.
  @Test(arguments: [
    ([0.90, 0.99, 0.98], TrainingReport.Estimate.accuracies), ([0.02, 0.1, 0.01], TrainingReport.Estimate.accuracies),
    ([0.1, 0.9, 0.4], TrainingReport.Estimate.accuracies), ([0.1, 2, 0.2], TrainingReport.Estimate.losses),
  ])
  func noIntervalLeavesWhatCanBe(values: [Double], range: ClosedRange<Double>) throws {
    let open = try #require(TrainingReport.Estimate(values)?.interval)
    let estimate = try #require(TrainingReport.Estimate(values, within: range))
    let interval = try #require(estimate.interval)
    #expect(open[0] < range.lowerBound || open[1] > range.upperBound)
    #expect(interval == [max(open[0], range.lowerBound), min(open[1], range.upperBound)])
    #expect(estimate.symmetricHalf == nil)
  }

  @Test func equalValuesHaveAnIntervalOfNoWidth() throws {
    let estimate = try #require(TrainingReport.Estimate([1, 1, 1], within: TrainingReport.Estimate.accuracies))
    #expect(estimate.interval == [1, 1] && estimate.symmetricHalf == 0)
  }
}
