import Glibc

/// What gradient descent starts from, at one drawing of the weights or as a mean over several.
///
/// `u^T K u / batch^2` for cotangents u of unit mean square, K the tangent kernel, is the squared norm of a gradient. All are
/// log10, so that a mean over replicas is one of orders of magnitude; a zero counts as `floor`, an overflow as `ceiling`. A
/// reading that stands at either says only that it lies beyond: `isKnown` tells such readings from numbers.
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
  /// Of `signal` and `noise`, what the output layer alone contributes: a readout of the last hidden layer's features.
  public var readoutSignal: Double
  public var readoutNoise: Double
  /// Elasticity of the outputs' size to that of all weights: the depth for ReLU, about 1 where units saturate. Not a logarithm.
  public var elasticity: Double
  /// Largest and smallest ratio of a weight tensor's squared gradient to its squared size.
  public var largestUpdate: Double
  public var smallestUpdate: Double
  /// The loss's change over the first steps of gradient descent at the smallest rate: above 0 where they overshoot.
  public var descent: Double
  /// What a few steps at half the inverse curvature (at most 1) make of `signal`, and of the loss: a slow start gathers speed,
  /// or does not.
  public var growth: Double
  public var progress: Double
  /// Share of the samples outside the commonest class: 0.9 for ten equal ones.
  public var minority: Double

  /// Whether some weights or gains start as exact zeros. All is then measured after two small steps, which part what is zero by
  /// design from what is dead: before them, most readings are zero and say nothing.
  public var startsWithZeros = false
  /// Whether in every weight tensor before the last all units have equal weights and receive equal gradients, or none, and the
  /// last sees them alone: no step of gradient descent can part them.
  public var isSymmetric = false

  static var fields: [WritableKeyPath<TangentReading, Double>] {
    [
      \.loss, \.signal, \.noise, \.common, \.gradient, \.sharpness, \.outputSize, \.outputSpread,
      \.readoutSignal, \.readoutNoise, \.elasticity, \.largestUpdate, \.smallestUpdate, \.descent, \.growth, \.progress,
      \.minority,
    ]
  }

  /// Whether a reading is a number, and not merely beyond what can be measured.
  package func isKnown(_ field: KeyPath<TangentReading, Double>) -> Bool {
    self[keyPath: field] > Self.floor && self[keyPath: field] < Self.ceiling
  }

  /// Takes logarithms, but of `elasticity`, `descent`, `growth` and `progress`, of which the last three are logarithms already.
  package init(
    loss: Double, signal: Double, noise: Double, common: Double, gradient: Double, sharpness: Double, outputSize: Double,
    outputSpread: Double, readoutSignal: Double, readoutNoise: Double, elasticity: Double, largestUpdate: Double,
    smallestUpdate: Double, descent: Double, growth: Double, progress: Double, minority: Double
  ) {
    func bounded(_ x: Double) -> Double {
      x.isNaN || x == .infinity
        ? Self.ceiling : Swift.min(Self.ceiling, Swift.max(Self.floor, x > 0 ? log10(x) : Self.floor))
    }
    self.loss = bounded(loss)
    self.signal = bounded(signal)
    self.noise = bounded(noise)
    self.common = bounded(common)
    self.gradient = bounded(gradient)
    self.sharpness = bounded(sharpness)
    self.outputSize = bounded(outputSize)
    self.outputSpread = bounded(outputSpread)
    self.readoutSignal = bounded(readoutSignal)
    self.readoutNoise = bounded(readoutNoise)
    self.elasticity = elasticity.isFinite ? Swift.min(1000, Swift.max(-1000, elasticity)) : 1000
    self.largestUpdate = bounded(largestUpdate)
    self.smallestUpdate = bounded(smallestUpdate)
    func cut(_ x: Double) -> Double { x.isNaN ? Self.ceiling : Swift.min(Self.ceiling, Swift.max(Self.floor, x)) }
    self.descent = cut(descent)
    self.growth = cut(growth)
    self.progress = cut(progress)
    self.minority = bounded(minority)
  }

  /// The mean over replicas, of which there is at least one; of a reading that is beyond what can be measured in some of them,
  /// over the others.
  public static func mean(_ readings: [TangentReading]) -> TangentReading {
    precondition(!readings.isEmpty, "a mean needs readings")
    var mean = readings[0]
    for field in fields {
      let known = readings.filter { $0.isKnown(field) }.map { $0[keyPath: field] }
      if !known.isEmpty { mean[keyPath: field] = known.reduce(0, +) / Double(known.count) }
    }
    mean.isSymmetric = readings.allSatisfy(\.isSymmetric)
    mean.startsWithZeros = readings.contains(where: \.startsWithZeros)
    return mean
  }
}
