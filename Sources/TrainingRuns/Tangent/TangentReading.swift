import Glibc

/// Readings of the tangent kernel, for one drawing of the weights or as a mean over several.
///
/// `u^T K u / batch^2` for cotangents u of unit mean square, K the tangent kernel, is the squared norm of a gradient. All
/// are log10, so that a mean over replicas is one of orders of magnitude; a zero counts as `floor`, an overflow as
/// `ceiling`. A reading at either end is only known to lie beyond it; `isKnown` tells such readings from numbers.
public struct TangentReading: Sendable, Equatable {
  /// Float's range, squared gradients included: what lies beyond is lost to training as well.
  public static let floor = -38.0
  public static let ceiling = 38.0

  /// The cross entropy of the batch.
  public var loss: Double
  /// The kernel along the centred class codes, the direction in which training has to move the outputs.
  public var signal: Double
  /// The kernel along the same codes with the labels permuted at random.
  public var noise: Double
  /// The squared norm of the loss's gradient.
  public var gradient: Double
  /// Root mean square of the outputs.
  public var outputSize: Double
  /// Root mean square of the outputs' deviation from the batch's mean.
  public var outputSpread: Double
  /// The parts of `signal` and `noise` that come from the output layer alone.
  public var readoutSignal: Double
  public var readoutNoise: Double
  /// The largest and the smallest ratio of a weight tensor's squared gradient to its squared size.
  public var largestUpdate: Double
  public var smallestUpdate: Double
  /// The share of the samples outside the commonest class: 0.9 for ten equal ones.
  public var minority: Double

  /// Whether some weights or gains start as exact zeros. All is then measured after two small steps, which part what is zero
  /// by design from what is dead: before them, most readings are zero and say nothing.
  public var startsWithZeros = false
  /// Whether in every weight tensor before the last all units have equal weights and receive equal gradients, or none, and
  /// the last sees them alone: no step of gradient descent can part them.
  public var isSymmetric = false

  static var fields: [WritableKeyPath<TangentReading, Double>] {
    [
      \.loss, \.signal, \.noise, \.gradient, \.outputSize, \.outputSpread, \.readoutSignal, \.readoutNoise, \.largestUpdate,
      \.smallestUpdate, \.minority,
    ]
  }

  /// Whether zero tensors in a row wait for each other: after two steps some weights move and units differ, and no gradient
  /// tells classes apart yet. Training may wake them, one after the other.
  package var waitsForZeros: Bool {
    startsWithZeros && !isSymmetric && !isKnown(\.signal) && isKnown(\.largestUpdate)
  }

  /// Whether a reading is a number, and not beyond what can be measured.
  package func isKnown(_ field: KeyPath<TangentReading, Double>) -> Bool {
    self[keyPath: field] > Self.floor && self[keyPath: field] < Self.ceiling
  }

  /// Takes logarithms.
  package init(
    loss: Double, signal: Double, noise: Double, gradient: Double, outputSize: Double, outputSpread: Double,
    readoutSignal: Double, readoutNoise: Double, largestUpdate: Double, smallestUpdate: Double, minority: Double
  ) {
    func bounded(_ x: Double) -> Double {
      x.isNaN || x == .infinity
        ? Self.ceiling : Swift.min(Self.ceiling, Swift.max(Self.floor, x > 0 ? log10(x) : Self.floor))
    }
    self.loss = bounded(loss)
    self.signal = bounded(signal)
    self.noise = bounded(noise)
    self.gradient = bounded(gradient)
    self.outputSize = bounded(outputSize)
    self.outputSpread = bounded(outputSpread)
    self.readoutSignal = bounded(readoutSignal)
    self.readoutNoise = bounded(readoutNoise)
    self.largestUpdate = bounded(largestUpdate)
    self.smallestUpdate = bounded(smallestUpdate)
    self.minority = bounded(minority)
  }

  /// The mean over replicas, of which there is at least one; of a reading that is beyond what can be measured in some of
  /// them, over the others.
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
