import Glibc

/// What gradient descent starts from, at one drawing of the weights or as a mean over several.
///
/// `u^T K u / batch^2` for cotangents u of unit mean square, K the tangent kernel, is the squared norm of a gradient. All are
/// log10, so that a mean over replicas is one of orders of magnitude; a zero counts as `floor`, an overflow as `ceiling`.
public struct TangentReading: Sendable, Equatable {
  /// Float's range, squared gradients included: what lies beyond is lost to training as well.
  public static let floor = -38.0
  public static let ceiling = 38.0

  /// Cross entropy of the batch.
  public var loss: Double
  /// Kernel along the centred class codes: what training has to follow.
  public var signal: Double
  /// Kernel along the same codes, dealt to the wrong samples.
  public var noise: Double
  /// Kernel along one cotangent for all samples: the direction in which they move together.
  public var common: Double
  /// Squared norm of the loss's gradient.
  public var gradient: Double
  /// Largest curvature of the loss that power iteration finds, from below.
  public var sharpness: Double
  /// Root mean square of the outputs.
  public var outputSize: Double
  /// Root mean square of the outputs' deviation from the batch's mean.
  public var outputSpread: Double

  static var fields: [WritableKeyPath<TangentReading, Double>] {
    [
      \.loss, \.signal, \.noise, \.common, \.gradient, \.sharpness, \.outputSize, \.outputSpread,
    ]
  }

  /// Takes logarithms.
  init(
    loss: Double, signal: Double, noise: Double, common: Double, gradient: Double, sharpness: Double, outputSize: Double,
    outputSpread: Double
  ) {
    func bounded(_ x: Double) -> Double {
      x.isNaN || x == .infinity ? Self.ceiling : Swift.min(Self.ceiling, Swift.max(Self.floor, x > 0 ? log10(x) : Self.floor))
    }
    self.loss = bounded(loss)
    self.signal = bounded(signal)
    self.noise = bounded(noise)
    self.common = bounded(common)
    self.gradient = bounded(gradient)
    self.sharpness = bounded(sharpness)
    self.outputSize = bounded(outputSize)
    self.outputSpread = bounded(outputSpread)
  }

  /// The mean over replicas, of which there is at least one.
  public static func mean(_ readings: [TangentReading]) -> TangentReading {
    precondition(!readings.isEmpty, "a mean needs readings")
    var mean = readings[0]
    for field in fields { mean[keyPath: field] = readings.reduce(0) { $0 + $1[keyPath: field] } / Double(readings.count) }
    return mean
  }
}
