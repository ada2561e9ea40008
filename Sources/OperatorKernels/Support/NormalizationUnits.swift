import Glibc
import NetworkGraph

/// In which units a normalization divides: `z = (x - mean) / sqrt(weight variance + epsilon)` of data in units of a scale.
///
/// With x in units of 2^e and z in units of 2^o that is weight 2^(2 o) and epsilon in units of 2^(2 (e - o)). The result is
/// of the order of 1 whatever e is, and has no unit: o = 0. But a signal that is far smaller than sqrt(epsilon) is only
/// multiplied by 1 / sqrt(epsilon), and would leave Float's range: the result then stays in units of 2^e.
package struct NormalizationUnits {
  package let weight: Double
  package let epsilon: Double

  /// Signals of this scale, times any 1 / sqrt(epsilon), are well inside Float's range.
  private static let smallestPlain = -80.0
  /// The least epsilon of data that are of the order of 1, whose root still has an inverse in Float.
  private static let smallestEpsilon = 0x1p-240

  /// The exponent of the result.
  ///
  /// - Parameters:
  ///   - exponent: The exponent of the signal.
  ///   - epsilon: What is added to a variance, in true units.
  ///   - isShifted: Whether a shift other than zero is added. Beside it, in true units, a small signal does not matter.
  package static func output(of exponent: Double, epsilon: Double, isShifted: () -> Bool) -> Double {
    exponent < smallestPlain && epsilon > 0 && !isShifted() ? exponent : 0
  }

  /// Makes the units.
  ///
  /// - Parameters:
  ///   - epsilon: What is added to a variance, in true units.
  ///   - input: The exponent e of the signal.
  ///   - output: The exponent o of the result.
  package init(epsilon: Double, input: Double, output: Double) {
    weight = exp2(2 * output)
    let scaled = epsilon * exp2(2 * (output - input))
    // Rows of equal values are zeros divided by the root of it.
    self.epsilon = epsilon > 0 ? max(scaled, Self.smallestEpsilon) : scaled
  }
}

extension ForwardCall {
  /// The units of a normalization of the first input.
  func units(epsilon: Double) -> NormalizationUnits {
    NormalizationUnits(epsilon: epsilon, input: exponents.first ?? 0, output: outputExponent)
  }
}

extension BackwardCall {
  /// The units of a normalization of the first input.
  func units(epsilon: Double) -> NormalizationUnits {
    NormalizationUnits(epsilon: epsilon, input: exponents.first ?? 0, output: outputExponent)
  }
}
