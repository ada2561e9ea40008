import SignalPropagation
import TrainingRuns

/// Names what keeps a network from learning, from the tangent kernel's readings alone, for networks that no rule's finding
/// explains.
///
/// A pure function of the readings. It explains a verdict and never makes one: whether the network trains is decided before.
package enum VerdictCause {
  // All are log10, as the readings are.

  /// A step at a learning rate of 0.001 that changes a weight tensor by more than its own size: of the ratio of squared
  /// gradient to squared weights, which a rate of 0.001 multiplies by 1e-6.
  package static let overshoot = 6.0
  /// The same at 0.01: of the rates that are tried 0.01, 0.1 and 1 are lost.
  package static let steepUpdate = 4.0
  /// Twice what the same codes give when they are dealt to the wrong samples. Each of the two is a mean over two
  /// drawings and batches of 32, which scatter by some twenty percent: a factor of 2 is beyond that, and no more than that.
  package static let classSignal = 0.3
  /// Outputs differ between samples by only a hundredth of their size: they no longer tell the inputs apart.
  package static let collapsedSpread = -2.0
  /// At 0.01, a rate at which most networks train, 300 steps move the classes' margin by 300 * 0.01 * 0.1 = 0.3 in all, less
  /// than the 1 or so that separates them.
  package static let weakSignal = -1.0
  /// Outputs of size 10 give a cross entropy of about 10, where a guess gives log 10 = 2.3: the signal has grown.
  package static let largeOutputs = 1.0

  /// The status that best explains why plain gradient descent does not learn.
  ///
  /// - Returns: `exploding`, `chaotic`, `collapsed` or `vanishing`.
  package static func status(of reading: TangentReading) -> Verdict.Status {
    let classesAreNoise = reading.signal - reading.noise < classSignal
    if reading.loss >= TangentReading.ceiling || reading.largestUpdate > overshoot {
      // A step at the smallest rate overshoots. Where outputs are small and classes no better than noise, it is not size
      // that makes the slope steep: nearby inputs have parted.
      return reading.outputSize < largeOutputs && classesAreNoise ? .chaotic : .exploding
    }
    if reading.outputSpread - reading.outputSize < collapsedSpread { return .collapsed }
    if reading.signal < weakSignal { return .vanishing }
    if classesAreNoise { return .chaotic }
    return reading.largestUpdate > steepUpdate ? .exploding : .vanishing
  }
}
