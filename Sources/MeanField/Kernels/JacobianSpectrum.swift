import Glibc
import NetworkGraph

// The input-output Jacobian is a product of L factors D W, D = diag f'(z). Its S-transform is the product of the factors',
// so that first and second moments of the eigenvalues of J J^T follow from mu_k = E f'^(2k) and the first coefficient s1
// of the weights' S-transform (Pennington, Schoenholz and Ganguli 2018, eqs. 19-22):
//   m1 = (sw2 mu_1)^L,  Var / m1^2 = L (mu_2 / mu_1^2 - 1 - s1),  s1 = -1 for Gaussian weights, 0 for orthogonal ones.

/// Moments of the eigenvalues of J J^T, the squared singular values of the input-output Jacobian, at infinite width.
public struct JacobianSpectrum: Sendable, Hashable {
  public var depth: Int
  /// `(sw2 E f'^2)^L = chi1^L`.
  public var mean: Double
  /// The eigenvalues' variance over the square of their mean; 0 is dynamical isometry.
  public var relativeVariance: Double
  /// The largest eigenvalue, where a closed form exists: linear networks.
  public var largest: Double?

  /// The spectrum of `depth` equal layers at a fixed point.
  ///
  /// - Parameters:
  ///   - moments: Those of the activation.
  ///   - weightVariance: Times the fan-in.
  ///   - variance: The pre-activation variance of all layers, q*.
  ///   - depth: Number of layers.
  ///   - weightLaw: Independent or orthogonal weights.
  /// - Throws: ``MeanFieldError`` where a moment does not exist, and where f' vanishes under the normal: J is zero then.
  public init(
    _ moments: ActivationMoments, weightVariance: Double, variance: Double, depth: Int,
    weightLaw: ChainLayer.WeightLaw = .independent
  ) throws(MeanFieldError) {
    precondition(depth >= 0, "a depth is not negative, got \(depth)")
    try MeanFieldError.checkVariance(weightVariance, "weight variance")
    let m = try moments.moments(variance: variance)
    guard m.derivativeSecondMoment > 0 else {
      throw MeanFieldError(
        .argument, "\(moments.activation): f' vanishes at variance \(variance), and with it the Jacobian",
        hint: "Ask at a variance where the activation is not saturated.")
    }
    self.depth = depth
    let length = Double(depth)
    mean = pow(weightVariance * m.derivativeSecondMoment, length)
    let spread = m.derivativeFourthMoment / m.derivativeSecondMoment / m.derivativeSecondMoment - 1
    relativeVariance = length * (spread + (weightLaw == .independent ? 1 : 0))
    guard moments.activation == .identity else { return }
    largest = weightLaw == .orthogonal ? mean : mean * Self.largestOfGaussianProduct(depth: depth)
  }

  /// `(L + 1)^(L+1) / L^L`, the edge of the spectrum of a product of L square Gaussian matrices with entries of variance 1/n
  /// (Pennington, Schoenholz and Ganguli 2017, section 2.3): 4 for one matrix, about e (L + 1/2) for many.
  public static func largestOfGaussianProduct(depth: Int) -> Double {
    precondition(depth >= 0, "a depth is not negative, got \(depth)")
    let l = Double(depth)
    return depth == 0 ? 1 : (l + 1) * exp(l * log1p(1 / l))
  }
}
