import CGSL
import Glibc

extension Estimators {
  /// The magnitude that Student's t exceeds with that probability. With nil degrees of freedom, where the deviation is
  /// known, it is a standard normal's.
  ///
  /// - Parameters:
  ///   - probability: Of both tails together.
  ///   - degreesOfFreedom: Above 0; need not be whole (Welch 1947).
  public static func studentQuantile(twoSided probability: Double, degreesOfFreedom: Double?) -> Double {
    precondition(probability > 0 && probability < 1, "a probability lies in (0, 1), got \(probability)")
    guard let nu = degreesOfFreedom, nu < largestStudent else { return normalQuantile(twoSided: probability) }
    precondition(nu > 0, "degrees of freedom are positive, got \(nu)")
    // P(|T| > t) = I(nu / 2, 1/2; nu / (nu + t^2)). Near the middle its complement has more digits.
    let p = max(probability, .leastNormalMagnitude)
    let half =
      p < 0.5
      ? -IncompleteBeta.logit(probability: p, nu / 2, 0.5) / 2 : IncompleteBeta.logit(probability: 1 - p, 0.5, nu / 2) / 2
    return nu.squareRoot() * exp(half)
  }

  /// The two-sided p-value of a Student's t.
  public static func studentProbability(beyond t: Double, degreesOfFreedom nu: Double) -> Double {
    precondition(nu > 0, "degrees of freedom are positive, got \(nu)")
    guard nu < largestStudent else { return normalProbability(beyond: t) }
    guard t != 0 else { return 1 }
    return min(1, exp(IncompleteBeta.logProbability(nu / 2, 0.5, logit: log(nu) - 2 * log(abs(t)))))
  }

  /// From here on Student's t is a normal: its quantiles differ by a share of (z^2 + 1) / (4 nu).
  private static let largestStudent = 1e15

  /// The standard error of the mean: the deviation of the values over the root of their number. Nil below two values, and
  /// where a value is not finite.
  public static func standardError(_ values: [Double]) -> Double? {
    guard values.count >= 2, values.allSatisfy(\.isFinite) else { return nil }
    let confidence = 0.95
    return MeanEstimate(of: values, confidence: confidence).halfWidth.map {
      $0 / studentQuantile(twoSided: 1 - confidence, degreesOfFreedom: Double(values.count - 1))
    }
  }

  /// The two-sided p-value of a normal sample's mean square: chi-square with n degrees of freedom, since the mean is known.
  ///
  /// - Parameters:
  ///   - ratio: Mean square about the known mean over the true variance.
  ///   - n: Degrees of freedom: values in the sample.
  public static func chiSquareProbability(ratio: Double, degreesOfFreedom n: Int) -> Double {
    precondition(
      n > 0 && ratio >= 0, "a ratio that is not negative and degrees of freedom are needed, got \(ratio) and \(n)")
    guard ratio > 0, ratio.isFinite else { return 0 }
    let shape = Double(n) / 2, u = log(ratio)
    let tail = min(
      IncompleteGamma.logProbability(.lower, shape: shape, logRatio: u),
      IncompleteGamma.logProbability(.upper, shape: shape, logRatio: u))
    return min(1, 2 * exp(tail))
  }

  /// The two-sided p-value of a standard normal value.
  public static func normalProbability(beyond z: Double) -> Double {
    _ = GSL.prepared
    return min(1, 2 * gsl_cdf_ugaussian_Q(z.magnitude))
  }

  /// The exact two-sided confidence interval of a probability (Clopper and Pearson 1934), from quantiles of the beta
  /// distribution.
  public static func clopperPearson(successes k: Int, trials n: Int, confidence: Double = 0.95) -> (
    low: Double, high: Double
  ) {
    precondition(n > 0 && (0...n).contains(k), "successes lie within trials, got \(k) of \(n)")
    precondition(confidence > 0 && confidence < 1, "a confidence lies in (0, 1), got \(confidence)")
    let tail = (1 - confidence) / 2
    func share(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
    let low = k == 0 ? 0 : share(IncompleteBeta.logit(probability: tail, Double(k), Double(n - k + 1)))
    // The upper end is the mirror image: 1 - x follows the same law with the shapes exchanged.
    let high = k == n ? 1 : share(-IncompleteBeta.logit(probability: tail, Double(n - k), Double(k + 1)))
    return (min(low, high), max(low, high))
  }
}
