import CGSL
import SampleStatistics
import Testing

/// Means with Student intervals, against mpmath and against what an interval promises.
@Suite struct IntervalTests {
  @Test func intervalsAreStudents() throws {
    for reference in try StatisticsFixture.load().means {
      let estimate = MeanEstimate(of: reference.values, confidence: reference.confidence)
      // The mean's recurrence rounds once a value (400 at most); the mean itself may be small against its values.
      let size = reference.values.map(abs).max() ?? 1
      #expect(abs(estimate.mean - reference.mean) <= 400 * 0x1p-53 * size)
      let halfWidth = try #require(estimate.halfWidth)
      // GSL's quantile of Student's law is the coarsest part; see the next test.
      #expect(relativeError(halfWidth, reference.halfWidth) < 1e-9, "n = \(reference.values.count)")
    }
  }

  @Test func theQuantileIsStudentsForEveryCount() throws {
    for reference in try StatisticsFixture.load().student {
      // n values at +-sqrt((n - 1) / n), or as near as an odd n allows, have sd 1 by construction: check by the sd itself.
      let values = (0..<reference.count).map { $0 % 2 == 0 ? 1.0 : -1.0 }
      let deviation = gsl_stats_sd(values, 1, values.count)
      let halfWidth = try #require(MeanEstimate(of: values, confidence: reference.confidence).halfWidth)
      let quantile = halfWidth * Double(reference.count).squareRoot() / deviation
      // GSL refines Student's inverse by Newton steps to about 1e-9; a hundredth of a per cent would do for an interval.
      #expect(relativeError(quantile, reference.quantile) < 1e-9, "n = \(reference.count), \(reference.confidence)")
    }
  }

  /// The 95% interval of normal samples holds the mean in 95% of them, for any n: 20,000 samples each, fixed seed, bounds
  /// of the binomial count at a false-alarm rate of 1e-6.
  @Test(arguments: [2, 3, 5, 30]) func coverage(count: Int) throws {
    let generator = try #require(gsl_rng_alloc(initscope_gsl_rng_mt19937()))
    defer { gsl_rng_free(generator) }
    gsl_rng_set(generator, UInt(7_000 + count))
    let trials = 20_000, confidence = 0.95
    var covered = 0
    for _ in 0..<trials {
      let values = (0..<count).map { _ in 4 + gsl_ran_gaussian_ziggurat(generator, 3) }
      let estimate = MeanEstimate(of: values, confidence: confidence)
      if abs(estimate.mean - 4) <= estimate.halfWidth ?? 0 { covered += 1 }
    }
    #expect(gsl_cdf_binomial_P(UInt32(covered), confidence, UInt32(trials)) > 0.5e-6, "\(covered)")
    #expect(gsl_cdf_binomial_Q(UInt32(covered) - 1, confidence, UInt32(trials)) > 0.5e-6, "\(covered)")
  }

  @Test func whatHasNoIntervalSaysSo() {
    #expect(MeanEstimate(of: [3]).halfWidth == nil)
    #expect(MeanEstimate(of: [3]).mean == 3)
    #expect(MeanEstimate(of: [3, 3, 3]).halfWidth == 0)
    #expect(MeanEstimate(of: [1, .infinity]) == MeanEstimate(of: [.infinity, 1]))
    #expect(MeanEstimate(of: [1, .infinity]).mean == .infinity)
    #expect(MeanEstimate(of: [.infinity, .infinity]).mean == .infinity)
    #expect(MeanEstimate(of: [1, .infinity]).halfWidth == nil)
    #expect(MeanEstimate(of: [.nan, 1]).mean.isNaN)
    #expect(MeanEstimate(of: [.nan, 1]).halfWidth == nil)
    // The deviation overflows, the mean does not.
    #expect(MeanEstimate(of: [1.5e308, -1.5e308]).mean.isFinite)
    #expect(MeanEstimate(of: [1.5e308, -1.5e308]).halfWidth == nil)
  }
}
