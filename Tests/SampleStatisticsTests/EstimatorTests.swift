import CGSL
import SampleStatistics
import Testing

@Suite struct EstimatorTests {
  @Test func slopesAreLeastSquares() throws {
    for line in try StatisticsFixture.load().lines {
      let slope = try #require(Estimators.slope(x: line.x, y: line.y))
      // Sums of up to 200 products of unit size, each rounded once.
      #expect(relativeError(slope, line.slope) < 1e-12)
    }
    #expect(Estimators.slope(x: [1, 2, 3, 4], y: [5, 3, 1, -1]) == -2)
  }

  @Test func whatHasNoSlopeSaysSo() {
    #expect(Estimators.slope(x: [], y: []) == nil)
    #expect(Estimators.slope(x: [1], y: [2]) == nil)
    #expect(Estimators.slope(x: [2, 2, 2], y: [1, 2, 3]) == nil)
    #expect(Estimators.slope(x: [1, 2, 3], y: [1, .nan, 3]) == nil)
    #expect(Estimators.slope(x: [1, 2, 3], y: [1, .infinity, 3]) == nil)
  }

  @Test func meansKeepInfinities() {
    #expect(Estimators.mean([1, 2, 6]) == 3)
    #expect(Estimators.mean([.infinity, .infinity]) == .infinity)
    #expect(Estimators.mean([-.infinity, 5]) == -.infinity)
    #expect(Estimators.mean([.infinity, -.infinity]).isNaN)
    #expect(Estimators.mean([.nan, 1]).isNaN)
    // A sum of these would overflow, their mean does not.
    #expect(Estimators.mean([1.7e308, 1.7e308]) == 1.7e308)
  }

  /// scipy 1.17.1: ttest_1samp(values, 0).pvalue.
  @Test(arguments: [
    ([0.1, 0.3, -0.2, 0.5], 0.32576571053495285), ([0.02, 0.05], 0.2577621168183132),
    ([-1, -2, -3, -4, -5, -6, -7.5], 0.003248769737922361),
  ]) func pairedDifferences(values: [Double], probability: Double) throws {
    #expect(relativeError(try #require(Estimators.pairedStudent(values)), probability) < 1e-12)
  }

  @Test func quantilesInterpolate() throws {
    let reference = try StatisticsFixture.load().quantiles
    for expected in reference.expected {
      let value = Estimators.quantile(expected.fraction, of: reference.values)
      // One interpolation between neighbours of unit size.
      #expect(abs(value - expected.value) < 4 * 0x1p-52, "\(expected.fraction)")
    }
    #expect(Estimators.quantile(0.3, of: [7]) == 7)
    #expect(Estimators.quantile(0.5, of: [4, 1, 3, 2]) == 2.5)
  }

  @Test func normalQuantilesReachFarIntoTheTail() throws {
    for reference in try StatisticsFixture.load().normal {
      let quantile = Estimators.normalQuantile(twoSided: reference.probability)
      // GSL follows Wichura's AS 241, good to 1e-16 relative; halving the probability is exact.
      #expect(relativeError(quantile, reference.quantile) < 1e-14, "\(reference.probability)")
    }
    let farthest = Estimators.normalQuantile(twoSided: .leastNonzeroMagnitude)
    #expect(farthest.isFinite && farthest > Estimators.normalQuantile(twoSided: 1e-300))
  }

  /// GSL's own handler aborts the process; the module turns it off before its first call.
  @Test func errorsOfGSLDoNotAbort() async {
    await #expect(processExitsWith: .success) {
      _ = Estimators.mean([1, 2])
      // Outside the domain: GSL_EDOM goes to the handler.
      guard gsl_cdf_beta_Pinv(-1, 2, 3).isNaN else { fatalError("a domain error went unnoticed") }
    }
  }

  /// The same call without the module: the test above can fail.
  @Test func errorsOfGSLAbortWithoutTheModule() async {
    await #expect(processExitsWith: .signal(6)) {
      _ = gsl_cdf_beta_Pinv(-1, 2, 3)
    }
  }
}
