import CGSL
import SampleStatistics
import Testing

/// Moments pooled from per-unit power sums against gsl_stats_* on the raw array.
@Suite struct GrandMomentsTests {
  /// A skewed, heavy-tailed signal of `units` units in `rows` samples, unit by unit with means of their own.
  struct Signal {
    var units: Int
    var rows: Int
    var size: Double
    /// Deviation of the units' means, in deviations within a unit.
    var spread: Double
    var offset: Double
    /// Row-major: samples x units.
    var values: [Double] = []

    init(units: Int, rows: Int, size: Double, spread: Double, offset: Double, seed: UInt) throws {
      (self.units, self.rows, self.size, self.spread, self.offset) = (units, rows, size, spread, offset)
      let generator = try #require(gsl_rng_alloc(initscope_gsl_rng_mt19937()))
      defer { gsl_rng_free(generator) }
      gsl_rng_set(generator, seed)
      let means = (0..<units).map { _ in spread * gsl_ran_gaussian_ziggurat(generator, 1) }
      values = (0..<(units * rows)).map { size * (offset + means[$0 % units] + gsl_ran_gamma(generator, 2, 1) - 2) }
    }

    func unit(_ index: Int) -> [Double] { stride(from: index, to: values.count, by: units).map { values[$0] } }

    func sums(pivots: [Double], scale: Double) -> PowerSums {
      func sum(_ power: Int) -> [Double] {
        (0..<units).map { index in
          unit(index).reduce(0) { total, value in
            let d = (value - pivots[index]) * scale
            return total + (0..<power).reduce(1) { product, _ in product * d }
          }
        }
      }
      return PowerSums(rows: rows, scale: scale, pivot: pivots, first: sum(1), second: sum(2), third: sum(3), fourth: sum(4))
    }
  }

  struct Case: Sendable {
    var name: String
    var units = 30
    var rows = 200
    var size = 1.0
    var spread = 0.5
    var offset = 0.0
    /// Each pivot lies this many deviations beside its unit's mean.
    var pivotDistance = 0.0
    var scale = 1.0
    /// Relative; where it comes from stands beside each case.
    var tolerance: Double
  }

  /// Sums of 6,000 terms, each rounded, lose about sqrt(6000) units in the last place: 1e-14. Moments of order four about a
  /// pivot k deviations away lose k^4 on top (10^4 at 10), and units far apart as much.
  static let cases = [
    Case(name: "pivots at the means", tolerance: 1e-12),
    Case(name: "pivots beside the means", pivotDistance: 1, tolerance: 1e-12),
    Case(name: "pivots far away", pivotDistance: 10, tolerance: 1e-9),
    Case(name: "units far apart", spread: 30, tolerance: 1e-11),
    Case(name: "a large offset", offset: 1000, tolerance: 1e-10),
    Case(name: "tiny values under their scale", size: 0x1p-300, scale: 0x1p300, tolerance: 1e-12),
    Case(name: "huge values under their scale", size: 0x1p300, scale: 0x1p-300, tolerance: 1e-12),
    Case(name: "one unit", units: 1, rows: 500, tolerance: 1e-12),
    Case(name: "one sample", units: 500, rows: 1, tolerance: 1e-12),
    Case(name: "two values", units: 2, rows: 1, spread: 1, tolerance: 1e-12),
  ]

  @Test(arguments: cases.indices) func momentsAreThoseOfTheRawArray(index: Int) throws {
    let test = Self.cases[index]
    let signal = try Signal(
      units: test.units, rows: test.rows, size: test.size, spread: test.spread, offset: test.offset, seed: UInt(40 + index))
    // sqrt 2 is the deviation of the gamma law drawn above.
    let pivots = (0..<test.units).map {
      gsl_stats_mean(signal.unit($0), 1, test.rows) + test.pivotDistance * 2.0.squareRoot() * test.size
    }
    let moments = GrandMoments(signal.sums(pivots: pivots, scale: test.scale))
    let raw = signal.values, n = raw.count
    let mean = gsl_stats_mean(raw, 1, n), variance = gsl_stats_variance(raw, 1, n)
    #expect(moments.count == n)
    // The mean may lie near zero: it is held against the deviation.
    #expect(abs(moments.mean - mean) < test.tolerance * (variance.squareRoot() + abs(mean)))
    #expect(relativeError(moments.variance, variance) < test.tolerance)
    let second = raw.reduce(0) { $0 + ($1 / test.size) * ($1 / test.size) } / Double(n) * test.size * test.size
    #expect(relativeError(moments.secondMoment, second) < test.tolerance)
    // Skewness and kurtosis are of unit size; kurtosis subtracts 3.
    let skewness = try #require(moments.skewness), kurtosis = try #require(moments.kurtosis)
    #expect(abs(skewness - gsl_stats_skew(raw, 1, n)) < 10 * test.tolerance)
    #expect(abs(kurtosis - gsl_stats_kurtosis(raw, 1, n)) < 100 * test.tolerance)
    var within = 0.0
    for unit in 0..<test.units {
      let values = signal.unit(unit)
      let unitMean = gsl_stats_mean(values, 1, test.rows)
      let unitVariance = gsl_stats_variance_with_fixed_mean(values, 1, test.rows, unitMean)
      within += unitVariance / Double(test.units)
      #expect(abs(moments.unitMeans[unit] - unitMean) < test.tolerance * (variance.squareRoot() + abs(unitMean)))
      #expect(abs(moments.unitVariances[unit] - unitVariance) <= test.tolerance * variance)
    }
    #expect(abs(moments.withinUnitVariance - within) <= test.tolerance * variance)
  }

  @Test func theResultDoesNotDependOnPivotsAndScale() throws {
    let signal = try Signal(units: 10, rows: 100, size: 1, spread: 1, offset: 0, seed: 3)
    let reference = GrandMoments(signal.sums(pivots: [Double](repeating: 0, count: 10), scale: 1))
    for pivot in [-2.0, 0.5, 3] {
      for scale in [0x1p-100, 0x1p100] {
        let moments = GrandMoments(signal.sums(pivots: [Double](repeating: pivot, count: 10), scale: scale))
        // 3^4 times the rounding of sums over 1,000 values.
        #expect(relativeError(moments.variance, reference.variance) < 1e-12)
        #expect(relativeError(moments.skewness ?? 0, reference.skewness ?? 1) < 1e-11)
        #expect(relativeError(moments.kurtosis ?? 0, reference.kurtosis ?? 1) < 1e-10)
      }
    }
  }

  @Test func constantsHaveNoShape() {
    let constant = GrandMoments(
      PowerSums(rows: 4, scale: 2, pivot: [5, 5], first: [0, 0], second: [0, 0], third: [0, 0], fourth: [0, 0]))
    #expect(constant.mean == 5)
    #expect(constant.variance == 0)
    #expect(constant.secondMoment == 25)
    #expect(constant.skewness == nil && constant.kurtosis == nil)
    #expect(constant.withinUnitVariance == 0)
    // Units that differ and samples that do not.
    let units = GrandMoments(
      PowerSums(rows: 4, scale: 1, pivot: [-1, 1], first: [0, 0], second: [0, 0], third: [0, 0], fourth: [0, 0]))
    #expect(units.variance == 8.0 / 7)
    #expect(units.withinUnitVariance == 0)
    #expect(units.unitVariances == [0, 0])
    let single = GrandMoments(PowerSums(rows: 1, scale: 1, pivot: [3], first: [0], second: [0], third: [0], fourth: [0]))
    #expect(single.count == 1 && single.variance == 0 && single.secondMoment == 9)
    #expect(single.skewness == nil && single.kurtosis == nil)
  }
}
