import Glibc
import TensorKernels

/// How large the gradient of one parameter tensor is.
struct GradientSize: Sendable {
  /// Mean square in true units; 0 or infinite beyond Double's range.
  var secondMoment: Double
  /// nil for zeros and for values of which one is not finite.
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
