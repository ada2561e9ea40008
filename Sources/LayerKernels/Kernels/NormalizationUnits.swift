/// In which units a normalization divides: `z = (x - mean) / sqrt(weight variance + epsilon)`, given x in units of a
/// scale s.
///
/// The result is of the order of 1 whatever s is, and needs no unit: weight 1, and epsilon in units of s^2. But a signal
/// that is far smaller than sqrt(epsilon) is only multiplied by 1 / sqrt(epsilon), and would leave Float's range: the result
/// then stays in units of s, with weight s^2 and the epsilon as it is.
struct NormalizationUnits {
  var weight = 1.0
  var epsilon = 0.0
  /// Whether the result is in units of s.
  var keepsScale = false

  /// Signals of this scale, times any 1 / sqrt(epsilon), are well inside Float's range.
  private static let smallestPlain = 0x1p-80

  init() {}

  /// Chooses the units of a pass. A shift other than zero is added in true units.
  init(epsilon: Double, scale: Double, shift: UnsafePointer<Float>?, count: Int) {
    let isShifted = shift.map { shift in (0..<count).contains { shift[$0] != 0 } } ?? false
    if scale < Self.smallestPlain, epsilon > 0, !isShifted {
      (weight, self.epsilon, keepsScale) = (scale * scale, epsilon, true)
    } else {
      self.epsilon = epsilon / (scale * scale)
    }
  }
}
