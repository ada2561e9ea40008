import CGSL
import Glibc

extension Estimators {
  /// The magnitude that Student's t exceeds with that probability (`gsl_cdf_tdist_Qinv`); a standard normal's for nil
  /// degrees of freedom, where the deviation is known.
  ///
  /// - Parameter degreesOfFreedom: Above 0; need not be whole (Welch 1947).
  public static func studentQuantile(twoSided probability: Double, degreesOfFreedom: Double?) -> Double {
    precondition(probability > 0 && probability < 1, "a probability lies in (0, 1), got \(probability)")
    guard let degreesOfFreedom else { return normalQuantile(twoSided: probability) }
    precondition(degreesOfFreedom > 0, "degrees of freedom are positive, got \(degreesOfFreedom)")
    _ = GSL.prepared
    let quantile = gsl_cdf_tdist_Qinv(max(probability / 2, .leastNonzeroMagnitude), degreesOfFreedom)
    return quantile.isNaN ? .infinity : quantile
  }

  /// The deviation of the values over the root of their number: the standard error of their mean. Nil below two values, and
  /// where a value is not finite.
  public static func standardError(_ values: [Double]) -> Double? {
    guard values.count >= 2, values.allSatisfy(\.isFinite) else { return nil }
    let confidence = 0.95
    return MeanEstimate(of: values, confidence: confidence).halfWidth.map {
      $0 / studentQuantile(twoSided: 1 - confidence, degreesOfFreedom: Double(values.count - 1))
    }
  }

  /// The two-sided probability that chance takes a normal sample's variance as far from the true one: n degrees of freedom,
  /// the mean being known (`gsl_cdf_chisq_P`, `gsl_cdf_chisq_Q`).
  ///
  /// - Parameter ratio: Mean square about the known mean over the true variance.
  public static func chiSquareProbability(ratio: Double, degreesOfFreedom n: Int) -> Double {
    precondition(
      n > 0 && ratio >= 0, "a ratio that is not negative and degrees of freedom are needed, got \(ratio) and \(n)")
    _ = GSL.prepared
    let x = ratio * Double(n)
    return min(1, 2 * min(gsl_cdf_chisq_P(x, Double(n)), gsl_cdf_chisq_Q(x, Double(n))))
  }

  /// The two-sided probability that a standard normal lies as far from 0.
  public static func normalProbability(beyond z: Double) -> Double {
    _ = GSL.prepared
    return min(1, 2 * gsl_cdf_ugaussian_Q(z.magnitude))
  }

  /// The exact two-sided confidence interval of a probability (Clopper and Pearson 1934), from quantiles of the beta
  /// distribution (`gsl_cdf_beta_Pinv`).
  public static func clopperPearson(successes k: Int, trials n: Int, confidence: Double = 0.95) -> (
    low: Double, high: Double
  ) {
    precondition(n > 0 && (0...n).contains(k), "successes lie within trials, got \(k) of \(n)")
    precondition(confidence > 0 && confidence < 1, "a confidence lies in (0, 1), got \(confidence)")
    _ = GSL.prepared
    let tail = (1 - confidence) / 2
    return (
      k == 0 ? 0 : gsl_cdf_beta_Pinv(tail, Double(k), Double(n - k + 1)),
      k == n ? 1 : gsl_cdf_beta_Qinv(tail, Double(k + 1), Double(n - k))
    )
  }
}
