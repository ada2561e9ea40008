import Glibc
import TensorKernels

/// The size of one parameter tensor's gradient.
struct GradientSize: Sendable {
  /// The mean square in true units; 0 or infinite beyond Double's range.
  var secondMoment: Double
  /// log10 of the mean square; nil for zeros and where a value is not finite.
  var log10SecondMoment: Double?

  init(of values: UnsafePointer<Float>, count: Int, exponent: Double) {
    // Squares of Floats as Doubles neither overflow nor vanish.
    self.init(meanSquare: Elementwise.sumOfSquares(values, count: count) / Double(max(1, count)), exponent: exponent)
  }

  init(meanSquare: Double, exponent: Double) {
    secondMoment = Scale.apply(2 * exponent, to: meanSquare)
    log10SecondMoment = meanSquare > 0 && meanSquare.isFinite ? log10(meanSquare) + 2 * exponent * log10(2.0) : nil
  }
}
