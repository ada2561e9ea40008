import Glibc
import NetworkGraph

/// Activations whose Gaussian moments have a closed form.
enum ClosedForm: Sendable {
  /// `above x^degree` on the right, `below |x|^degree` on the left.
  case power(degree: Double, below: Double, above: Double)
  case sine

  init?(_ activation: Activation) {
    if let degree = activation.laws.homogeneousDegree, let law = activation.laws.atInfinity {
      self = .power(degree: degree, below: law.valueBelow, above: law.valueAbove)
    } else if activation == .sin {
      self = .sine
    } else {
      return nil
    }
  }

  /// The moments; nil where the closed form cancels and integration is better: the sine below q = 1.
  func moments(variance q: Double) -> GaussianMoments? {
    switch self {
    case .power(let degree, let below, let above): Self.power(q, degree, below, above)
    case .sine: q < 1 ? nil : Self.sine(q)
    }
  }

  /// `E |z|^p = 2^(p/2) Gamma((p + 1)/2) / sqrt pi`, exact for even p up to 8.
  static func absoluteMoment(_ p: Double) -> Double {
    switch p {
    case 0, 2: 1
    case 4: 3
    case 6: 15
    case 8: 105
    default: exp2(p / 2) * tgamma((p + 1) / 2) / Double.pi.squareRoot()
    }
  }

  /// The moments of a power, of which each half line contributes half of E|z|^p.
  private static func power(_ q: Double, _ k: Double, _ below: Double, _ above: Double) -> GaussianMoments {
    func half(_ p: Double, _ left: Double, _ right: Double) -> Double {
      (left + right) / 2 * absoluteMoment(p) * (p == 0 ? 1 : p == 2 ? q : p == 4 ? q * q : pow(q, p / 2))
    }
    let (b2, a2) = (below * below, above * above)
    let second = half(2 * k, b2, a2), slopes = k * k * half(2 * (k - 1), b2, a2)
    return GaussianMoments(
      variance: q, mean: below == -above && k == 1 ? 0 : half(k, below, above), secondMoment: second,
      derivativeSecondMoment: slopes, fourthMoment: half(4 * k, b2 * b2, a2 * a2),
      derivativeFourthMoment: k * k * k * k * half(4 * (k - 1), b2 * b2, a2 * a2),
      mixedFourthMoment: k * k * half(4 * k - 2, b2 * b2, a2 * a2), secondMomentSlope: k * second / q,
      derivativeElasticity: k - 1, secondMomentCurvature: k * (k - 1),
      derivativeCurvature: (k - 1) * (k - 2))
  }

  /// The moments of the sine: its powers are sums of cosines, and `E cos(m x) = exp(-m^2 q / 2)`.
  private static func sine(_ q: Double) -> GaussianMoments {
    let a = exp(-2 * q), b = exp(-8 * q)
    return GaussianMoments(
      variance: q, mean: 0, secondMoment: (1 - a) / 2, derivativeSecondMoment: (1 + a) / 2,
      fourthMoment: (3 - 4 * a + b) / 8,
      derivativeFourthMoment: (3 + 4 * a + b) / 8, mixedFourthMoment: (1 - b) / 8, secondMomentSlope: a,
      derivativeElasticity: -2 * q * a / (1 + a), secondMomentCurvature: -4 * q * q * a / (1 - a),
      derivativeCurvature: 4 * q * q * a / (1 + a))
  }
}
