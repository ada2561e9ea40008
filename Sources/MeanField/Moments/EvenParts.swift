import Glibc
import NetworkGraph

// For sigma far below the activation's scale, E f - f(0) is of order sigma^2 while f(x) - f(0) is of order sigma: summing
// f(x) and f(-x) loses log10(1/sigma) digits, six of sixteen at q = 1e-12. The even part divided by x^2,
//   P(x) = (f(x) + f(-x) - 2 f(0)) / x^2,
// is smooth on the right of zero. It is interpolated at Chebyshev points of [h/16, h], where little cancels, and continued
// to zero, which lies 1.13 half widths from the middle: rounding errors grow by the Chebyshev polynomial of degree 10
// there, 82, and the truncation error is (0.39 h / r)^11 for a singularity at distance r. x f f', whose mean over q is the
// slope of E f^2, has the same flaw where f(0) is not 0 and the same cure.

/// Expands the even parts of `f` and of `x f f'`, divided by x^2, near zero.
struct EvenParts: Sendable {
  /// f(0).
  let start: Double
  /// The expansions hold for 0 < x <= radius.
  let radius: Double
  private let values: [Double]
  private let slopes: [Double]?

  private static let degree = 10

  /// Makes the expansion; nil where f has a corner at zero, so that nothing cancels, or no scale of its own.
  init?(_ activation: Activation, scale: ActivationScale) {
    let (f, g) = (activation.value, activation.derivative)
    let start = f(0)
    guard scale.length.isFinite, start.isFinite else { return nil }
    let tiny = scale.length * 0x1p-50
    let (below, above) = (g(-tiny), g(tiny))
    guard (above - below).magnitude <= 1e-9 * max(above.magnitude, below.magnitude) else { return nil }
    // The radius is halved until the last coefficients, multiplied by 82, are below the rounding error of the samples.
    var radius = min(4 * scale.length, scale.kinkMagnitudes.first { $0 > 0 } ?? .infinity)
    for _ in 0..<6 {
      let values = Self.coefficients(radius: radius) { x in ((f(x) - start) + (f(-x) - start)) / (x * x) }
      let slopes = start == 0 ? nil : Self.coefficients(radius: radius) { x in (f(x) * g(x) - f(-x) * g(-x)) / x }
      guard values.allSatisfy(\.isFinite), slopes?.allSatisfy(\.isFinite) ?? true else { return nil }
      // f(x) + f(-x) - 2 f(0) is rounded to a unit of f(0), which is divided by the square of the smallest argument.
      let noise = 0x1p-51 * start.magnitude * (16 / radius) * (16 / radius)
      if Self.isResolved(values, noise: noise), slopes.map({ Self.isResolved($0, noise: 0) }) ?? true {
        (self.start, self.radius, self.values, self.slopes) = (start, radius, values, slopes)
        return
      }
      radius /= 2
    }
    return nil
  }

  private static func coefficients(radius: Double, _ quotient: (Double) -> Double) -> [Double] {
    let count = degree + 1
    let angles = (0..<count).map { Double.pi * (Double($0) + 0.5) / Double(count) }
    let samples = angles.map { quotient(radius * (17 + 15 * cos($0)) / 32) }
    return (0..<count).map { k in
      let sum = zip(samples, angles).reduce(0.0) { $0 + $1.0 * cos(Double(k) * $1.1) }
      return sum * (k == 0 ? 1 : 2) / Double(count)
    }
  }

  private static func isResolved(_ coefficients: [Double], noise: Double) -> Bool {
    let largest = coefficients.lazy.map(\.magnitude).max() ?? 0
    return coefficients.suffix(2).allSatisfy { $0.magnitude <= 2e-14 * largest + noise }
  }

  /// `(f(x) + f(-x) - 2 f(0)) / x^2`.
  func value(_ x: Double) -> Double { evaluate(values, x) }
  /// `(f(x) f'(x) - f(-x) f'(-x)) / x`; nil where f(0) = 0, when nothing cancels.
  func slope(_ x: Double) -> Double? { slopes.map { evaluate($0, x) } }

  /// Evaluates a Chebyshev series by Clenshaw's recurrence, which is stable outside [-1, 1] too.
  private func evaluate(_ coefficients: [Double], _ x: Double) -> Double {
    let t = (32 * x / radius - 17) / 15
    var (last, before) = (0.0, 0.0)
    for k in stride(from: Self.degree, to: 0, by: -1) {
      (last, before) = (2 * t * last - before + coefficients[k], last)
    }
    return t * last - before + coefficients[0]
  }
}
