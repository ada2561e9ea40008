import NetworkGraph

/// Moments of an activation `f` and its derivative under a centred normal: `E g(x)` for x ~ N(0, q).
///
/// ``ActivationMoments`` computes them. Their relative error is below 1e-10 for every activation of the catalogue and
/// every q from 1e-12 to 1e12 (1e-12 but for E f where it nearly cancels; Fixtures/reference/meanfield/moments.json).
public struct GaussianMoments: Sendable, Hashable {
  /// The variance q of the argument.
  public var variance: Double
  /// `E f`: exactly 0 for an odd activation. Where it is small because positive and negative parts cancel (SELU near q = 1),
  /// its error is 1e-15 of the parts.
  public var mean: Double
  /// `E f^2`.
  public var secondMoment: Double
  /// `E f'^2`.
  public var derivativeSecondMoment: Double
  /// `E f^4`.
  public var fourthMoment: Double
  /// `E f'^4`.
  public var derivativeFourthMoment: Double
  /// `E f^2 f'^2`.
  public var mixedFourthMoment: Double
  /// `d(E f^2)/dq = E[x f f'] / q` (integration by parts, so f must be continuous).
  public var secondMomentSlope: Double
  /// `d log E f'^2 / d log q = E[(x^2/q - 1) f'^2] / (2 E f'^2)`, to an absolute error of 1e-14.
  package var derivativeElasticity: Double
  /// `q^2 (d/dq)^2 E f^2 / E f^2 = E[(z^4 - 6 z^2 + 3) f^2] / (4 E f^2)` with z = x / sqrt q, to an absolute error of 1e-13.
  package var secondMomentCurvature: Double
  /// The same of E f'^2.
  package var derivativeCurvature: Double
}

extension GaussianMoments {
  /// The moments of an activation at one variance. For many variances, keep one ``ActivationMoments``.
  ///
  /// - Throws: ``MeanFieldError`` for a variance that is negative or not finite, an activation that overflows under it,
  ///   and a custom one whose integrals do not settle.
  public init(of activation: Activation, variance: Double) throws(MeanFieldError) {
    self = try ActivationMoments(activation).moments(variance: variance)
  }

  /// The moments of an argument that is exactly 0: f(0), and the slope that the activation has at 0 itself, where the limits
  /// from above would mix the slopes of both sides of a corner.
  init(atZeroOf activation: Activation) {
    let f = activation.value(0), g = activation.derivative(0)
    self.init(
      variance: 0, mean: f, secondMoment: f * f, derivativeSecondMoment: g * g, fourthMoment: f * f * f * f,
      derivativeFourthMoment: g * g * g * g, mixedFourthMoment: f * f * g * g, secondMomentSlope: 0,
      derivativeElasticity: 0, secondMomentCurvature: 0, derivativeCurvature: 0)
  }

  /// `kappa = E f^4 / (E f^2)^2 - 1`, the relative variance of one unit's square; nil where E f^2 is 0.
  public var squareDispersion: Double? {
    secondMoment > 0 ? fourthMoment / secondMoment / secondMoment - 1 : nil
  }

  /// `d log E f^2 / d log q`: how a relative change of q shows in the second moment; 1 for ReLU, 0 where E f^2 is 0.
  public var elasticity: Double { secondMoment > 0 ? variance * secondMomentSlope / secondMoment : 0 }

  /// The second derivatives of log E f^2 and of log E f'^2 with respect to log q.
  var elasticitySlope: Double { elasticity - elasticity * elasticity + secondMomentCurvature }
  var derivativeElasticitySlope: Double {
    derivativeElasticity - derivativeElasticity * derivativeElasticity + derivativeCurvature
  }
}
