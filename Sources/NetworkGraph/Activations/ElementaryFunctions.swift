// Functions that several activations share, in Double, accurate to a few units in the last place over the whole range.
//
// The exponential of a rounded argument y is off by |y| times the argument's relative error: 350 units in the last place at
// y = -700. Where the argument is itself computed (a square, a polynomial), its rounding error is therefore carried along
// and applied as a factor.
import Glibc

/// `1 / (1 + exp(-x))`, without overflow and with a precise left tail.
func logistic(_ x: Double) -> Double { logistic(x, 0) }

/// The logistic function of `x + correction`, where the correction is the rounding error of x.
func logistic(_ x: Double, _ correction: Double) -> Double {
  if x >= 0 { return 1 / (1 + exp(-x) * (1 - correction)) }
  let e = exp(x) * (1 + correction)
  return e / (1 + e)
}

/// The derivative of the logistic function, `e^-|x| / (1 + e^-|x|)^2`; the usual form `s (1 - s)` would lose digits.
func logisticDerivative(_ x: Double) -> Double {
  let e = exp(-x.magnitude)
  return e / ((1 + e) * (1 + e))
}

/// `exp(-scale x^2)` for a `scale` that is a power of two, at most 1.
func gaussian(_ x: Double, scale: Double) -> Double {
  // Past |x| = 40, exp(-x^2 / 2) is below the least subnormal.
  if x.magnitude > 40 { return 0 }
  // With its last 27 bits off, the head has an exact square: x^2 = head^2 + (x - head)(x + head).
  let head = Double(bitPattern: x.bitPattern & ~0x7FF_FFFF)
  return exp(-scale * head * head) * exp(-scale * (x - head) * (x + head))
}

/// The standard normal density, `exp(-x^2 / 2) / sqrt(2 pi)`.
func normalDensity(_ x: Double) -> Double { 0.398942280401432677939946 * gaussian(x, scale: 0.5) }

/// The standard normal distribution function, `erfc(-x / sqrt 2) / 2`, precise in its left tail.
func normalDistribution(_ x: Double) -> Double {
  if x.magnitude > 40 { return x > 0 ? 1 : 0 }
  // 1 / sqrt 2 as a sum of two Doubles; y + rounding is -x / sqrt 2 to twice the precision.
  let (high, low) = (0.7071067811865476, -4.833646656726457e-17)
  let y = -x * high
  let rounding = (-y).addingProduct(-x, high) - x * low
  return 0.5 * erfc(y) - 0.564189583547756286948079 * gaussian(y, scale: 1) * rounding
}
