import NetworkGraph

/// Moments of an activation for two correlated normal arguments `u1` and `u2`, centred, with variances q1 and q2 and
/// correlation c.
///
/// ``ActivationMoments/crossMoments(variances:_:)`` computes them.
public struct CrossMoments: Sendable, Hashable {
  /// `E f(u1) f(u2)`.
  public var product: Double
  /// `E f'(u1) f'(u2)`.
  public var derivativeProduct: Double
  /// `E f(u1)^2 f(u2)^2`.
  public var squareProduct: Double
  /// `E f'(u1)^2 f'(u2)^2`.
  public var derivativeSquareProduct: Double
  /// `E f(u1)^2 f'(u2)^2`, the mean of both orders where the variances differ.
  public var mixedSquareProduct: Double
  /// `E (f(u1) - f(u2))^2 / 2`: what separates E f^2 from the product where q1 = q2. It keeps its digits as c approaches 1.
  public var halfSquaredDifference: Double
}

extension CrossMoments {
  /// The moments of two arguments that are both exactly 0.
  init(atZeroOf activation: Activation) {
    let f = activation.value(0), g = activation.derivative(0)
    self.init(
      product: f * f, derivativeProduct: g * g, squareProduct: f * f * f * f, derivativeSquareProduct: g * g * g * g,
      mixedSquareProduct: f * f * g * g, halfSquaredDifference: 0)
  }
}

/// A correlation c, stored as its distance to the nearer of 1 and -1, so that it is precise near both.
public struct Correlation: Sendable, Hashable {
  /// `1 - |c|`, in 0...1.
  public let gap: Double
  public let isNegative: Bool

  /// Makes a correlation.
  ///
  /// - Throws: ``MeanFieldError`` for a value beyond ±1.
  public init(_ value: Double) throws(MeanFieldError) {
    guard value.magnitude <= 1 else {
      throw MeanFieldError(.argument, "the correlation is \(value)", hint: "It must be within -1...1.")
    }
    gap = 1 - value.magnitude
    isNegative = value < 0
  }

  /// The correlation `1 - separation`, exact however small the separation.
  ///
  /// - Throws: ``MeanFieldError`` for a separation outside 0...2.
  public init(separation: Double) throws(MeanFieldError) {
    guard separation >= 0, separation <= 2 else {
      throw MeanFieldError(.argument, "the separation 1 - c is \(separation)", hint: "It must be within 0...2.")
    }
    isNegative = separation > 1
    gap = isNegative ? 2 - separation : separation
  }

  public var value: Double { isNegative ? gap - 1 : 1 - gap }
  /// `1 - c`.
  public var separation: Double { isNegative ? 2 - gap : gap }
}
