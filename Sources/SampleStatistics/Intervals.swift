import CGSL
import Glibc

/// A mean with its two-sided Student confidence interval.
public struct MeanEstimate: Sendable, Equatable {
  public var mean: Double
  /// Half the width of the interval; nil below two values, where no deviation can be estimated, and where it is not finite.
  public var halfWidth: Double?

  /// Computes the mean of independent values and the Student interval of that mean: `t * sd / sqrt(n)` with n - 1 degrees of
  /// freedom.
  public init(of values: [Double], confidence: Double = 0.95) {
    precondition(!values.isEmpty, "a mean needs at least one value")
    precondition(confidence > 0 && confidence < 1, "a confidence lies in (0, 1), got \(confidence)")
    mean = Estimators.mean(values)
    guard values.count >= 2, mean.isFinite else { return }
    // Squares of values beyond 1e±154 leave Double's range; powers of two scale without rounding.
    let largest = values.reduce(0) { max($0, abs($1)) }
    let unit = largest > 0 ? largest.binade : 1
    let deviation = gsl_stats_sd_m(values.map { $0 / unit }, 1, values.count, mean / unit) * unit
    let quantile = Estimators.studentQuantile(twoSided: 1 - confidence, degreesOfFreedom: values.count - 1)
    let width = quantile * deviation / Double(values.count).squareRoot()
    halfWidth = width.isFinite ? width : nil
  }
}

/// Least-squares fits and quantiles of small arrays.
public enum Estimators {
  /// Slope of the least-squares line through (x, y); nil below two points or where GSL reports a failure.
  public static func slope(x: [Double], y: [Double]) -> Double? {
    precondition(x.count == y.count, "as many x as y are needed, got \(x.count) and \(y.count)")
    guard x.count >= 2 else { return nil }
    _ = GSL.prepared
    var intercept = 0.0, slope = 0.0, c00 = 0.0, c01 = 0.0, c11 = 0.0, residual = 0.0
    let status = gsl_fit_linear(x, 1, y, 1, x.count, &intercept, &slope, &c00, &c01, &c11, &residual)
    return status == 0 && slope.isFinite ? slope : nil
  }

  /// The arithmetic mean. A value that is infinite or NaN makes it infinite or NaN (GSL's recurrence makes NaN of two
  /// infinities).
  public static func mean(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "a mean needs at least one value")
    guard values.allSatisfy(\.isFinite) else { return values.reduce(0, +) }
    _ = GSL.prepared
    return gsl_stats_mean(values, 1, values.count)
  }

  /// The value below which a fraction of the values lies, interpolated (`gsl_stats_quantile_from_sorted_data`).
  public static func quantile(_ fraction: Double, of values: [Double]) -> Double {
    precondition(!values.isEmpty && (0...1).contains(fraction), "a quantile needs values and a fraction in 0...1")
    _ = GSL.prepared
    let sorted = values.sorted()
    return gsl_stats_quantile_from_sorted_data(sorted, 1, sorted.count, fraction)
  }

  /// The two-sided p-value of paired differences: Student's test of mean 0 with n - 1 degrees of freedom. Nil below two
  /// values; 1 where all are 0, 0 where all are one other value.
  public static func pairedStudent(_ differences: [Double]) -> Double? {
    guard differences.count >= 2, differences.allSatisfy(\.isFinite) else { return nil }
    _ = GSL.prepared
    let mean = mean(differences)
    let deviation = gsl_stats_sd_m(differences, 1, differences.count, mean)
    guard deviation > 0 else { return mean == 0 ? 1 : 0 }
    let t = mean.magnitude / deviation * Double(differences.count).squareRoot()
    return studentProbability(beyond: t, degreesOfFreedom: Double(differences.count - 1))
  }

  /// The magnitude that a standard normal exceeds with that probability.
  public static func normalQuantile(twoSided probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "a probability lies in (0, 1), got \(probability)")
    return NormalQuantile.upper(probability / 2)
  }

  /// The magnitude that Student's t with so many degrees of freedom exceeds with that probability.
  public static func studentQuantile(twoSided probability: Double, degreesOfFreedom: Int) -> Double {
    studentQuantile(twoSided: probability, degreesOfFreedom: Optional(Double(degreesOfFreedom)))
  }

  /// A bound on how far the mean of n independent values within [0, 1] exceeds its expectation, kept except with that
  /// probability: `sqrt(log(1/p) / 2n)` (Hoeffding 1963, theorem 1), whatever their distribution.
  public static func hoeffdingMargin(oneSided probability: Double, count: Int) -> Double {
    precondition(probability > 0 && probability < 1, "a probability lies in (0, 1), got \(probability)")
    precondition(count > 0, "a mean needs at least one value")
    return (-log(probability) / (2 * Double(count))).squareRoot()
  }
}
