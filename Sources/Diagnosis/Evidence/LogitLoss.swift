import Glibc

/// The cross entropy that random outputs cost, for any number of classes.
package enum LogitLoss {
  /// The expected cross entropy of C independent outputs z ~ N(0, v): `E log sum_c exp(z_c)`; with one class the binary one,
  /// `E log(1 + exp(z))`.
  ///
  /// For S > 0, `log S` is the integral of `(exp(-t) - exp(-t S)) / t` over t > 0 (Frullani). With `t = exp(u)` and
  /// independent logits, `E log S = int exp(-exp(u)) - p(u)^C du`, where `p(u) = E exp(-exp(u + z))`. Both integrals are
  /// sums on one grid: the trapezoidal rule converges exponentially for functions that are analytic and vanish at both ends
  /// (Trefethen and Weideman 2014, "The exponentially convergent trapezoidal rule"), here to 1e-9.
  ///
  /// - Parameters:
  ///   - classes: From 1.
  ///   - deviation: `sqrt(v)`, above 0.
  package static func expected(classes: Int, deviation: Double) -> Double {
    precondition(classes > 0 && deviation > 0 && deviation.isFinite, "\(classes) classes, deviation \(deviation)")
    let step = min(0.25, deviation / 4), reach = Int((9 * deviation / step).rounded(.up))
    let density = (-reach...reach).map { place in
      let x = Double(place) * step / deviation
      return exp(-x * x / 2) * step / (deviation * (2 * Double.pi).squareRoot())
    }
    if classes == 1 {
      return zip(-reach...reach, density).reduce(0) { sum, point in
        let z = Double(point.0) * step
        return sum + point.1 * (max(z, 0) + log1p(exp(-z.magnitude)))
      }
    }
    let count = Double(classes)
    // Below this point both functions are 1 to the last digit; above, both are 0.
    let low = Int(((-40 - log(count)) / step).rounded(.down)) - reach, high = Int((6 / step).rounded(.up)) + reach
    // 1 - exp(-exp(u)) at every point that a sum reaches.
    let misses = ((low - reach)...(high + reach)).map { -expm1(-exp(Double($0) * step)) }
    var total = 0.0
    for place in low...high {
      let start = place - low
      var miss = 0.0
      for (index, weight) in density.enumerated() { miss += weight * misses[start + index] }
      let all = exp(count * log1p(-min(miss, 1)))
      total += 1 - misses[start + reach] - all
    }
    return total * step
  }
}

/// The smallest cross entropy of outputs that lie within 0...1.
enum LogitFloor {
  /// The smallest value, `log(1 + (C - 1) exp(-1))`: the right class is at 1, all others at 0.
  static func value(_ classes: Int) -> Double { log1p(Double(classes - 1) * exp(-1)) }
}
