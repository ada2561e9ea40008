import CGSL
import Glibc

extension Estimators {
  /// The two-sided probability that as many pairs of independent normal values correlate so far from 0: Student's test of
  /// `r sqrt((n - 2) / (1 - r^2))` with n - 2 degrees of freedom; 1 below three pairs.
  public static func correlationProbability(_ correlation: Double, pairs: Int) -> Double {
    precondition(abs(correlation) <= 1 + 1e-9, "a correlation lies in [-1, 1], got \(correlation)")
    guard pairs >= 3 else { return 1 }
    _ = GSL.prepared
    let rest = max(1 - correlation * correlation, .leastNormalMagnitude)
    let t = abs(correlation) * (Double(pairs - 2) / rest).squareRoot()
    return 2 * gsl_cdf_tdist_Q(t, Double(pairs - 2))
  }

  /// The interval that chi^2 / nu leaves with that probability, half of it on either side.
  ///
  /// GSL's quantiles; beyond 1e5 degrees of freedom Wilson and Hilferty's cube (1931), which is then right to 2e-7.
  public static func varianceRatioInterval(degreesOfFreedom nu: Double, twoSided probability: Double) -> ClosedRange<Double> {
    precondition(nu > 0, "degrees of freedom are positive, got \(nu)")
    precondition(probability > 0 && probability < 1, "a probability lies in (0, 1), got \(probability)")
    _ = GSL.prepared
    if nu > 1e5 {
      let z = normalQuantile(twoSided: probability), shift = 2 / (9 * nu)
      func cube(_ x: Double) -> Double { x * x * x }
      return cube(1 - shift - z * shift.squareRoot())...cube(1 - shift + z * shift.squareRoot())
    }
    let low = gsl_cdf_chisq_Pinv(probability / 2, nu) / nu
    return low...max(low, gsl_cdf_chisq_Qinv(probability / 2, nu) / nu)
  }
}
