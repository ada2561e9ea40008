import Glibc
import NetworkGraph

// A figure of 64 x 64 points has 0.5 ms for each, a map by two-dimensional quadrature costs more than that per evaluation.
// With the Hermite coefficients a_k of f(sqrt(q) z) the map is sum a_k^2 c^k / ... (see CorrelationMap), for the price of
// one-dimensional sums. What lies beyond the K-th is known in sum, as value and slope at c = 1 are:
//   tail = E f^2 - sum a_k^2,  m tail = q E f'^2 - sum k a_k^2.
// For an analytic f it is put on the one power m. A jump of f' makes a_k^2 fall as k^-5/2, one of f'' as k^-7/2: the tail is
// spread over all k > k0 with that law, and k0 follows from the mean m.

/// How fast the squared Hermite coefficients of an activation fall.
enum TailLaw {
  case onePower
  /// As k^-5/2, where f' jumps.
  case slopeJump
  /// As k^-7/2, where f'' jumps.
  case curvatureJump

  init(_ activation: Activation) {
    let kinks = activation.laws.kinks
    let jumps = kinks.contains { kink in
      let step = 1e-9 * max(1, kink.magnitude)
      let (below, above) = (activation.derivative(kink - step), activation.derivative(kink + step))
      return (above - below).magnitude > 1e-6 * max(above.magnitude, below.magnitude)
    }
    self = kinks.isEmpty ? .onePower : jumps ? .slopeJump : .curvatureJump
  }

  /// The mean of `1 - c^k` over the tail's law, of mean power m, at `lambda = -log c`, and its derivative with respect to
  /// lambda.
  func deficit(_ lambda: Double, meanPower m: Double) -> (value: Double, slope: Double) {
    guard lambda.isFinite else { return (1, 0) }
    // E(p, u) is (p - 1) times the integral of t^-p exp(-u t) over t > 1.
    func fiveHalves(_ u: Double) -> Double {
      exp(-u) * (1 - 2 * u) + 2 * Double.pi.squareRoot() * u * u.squareRoot() * erfc(u.squareRoot())
    }
    switch self {
    case .onePower:
      return (-expm1(-lambda * m), m * exp(-lambda * m))
    case .slopeJump:
      let start = m / 3, u = lambda * start
      return (1 - fiveHalves(u), 3 * start * (exp(-u) - (Double.pi * u).squareRoot() * erfc(u.squareRoot())))
    case .curvatureJump:
      let start = 0.6 * m, u = lambda * start
      return (1 - exp(-u) + u * fiveHalves(u) * 2 / 3, start * fiveHalves(u) * 5 / 3)
    }
  }
}

/// The correlation map at one variance as a power series in c with a modelled tail. It is for figures, good to 1e-3 in c*.
struct HermiteCorrelation {
  /// The squared coefficients a_k^2.
  private var squares: [Double]
  private let tail: Double
  private let tailPower: Double
  private let law: TailLaw
  private let weightVariance: Double
  private let next: Double

  private static let order = 48

  init(_ moments: ActivationMoments, _ single: GaussianMoments, weightVariance: Double, next: Double) {
    let q = single.variance
    let sigma = q.squareRoot()
    let f = moments.activation.value
    let rule = ActivationMoments.rule
    // Polynomials of degree 48 turn seven radians per unit of z: panels of width 1 hold little more than one period.
    var ends = moments.panelEnds(sigma: sigma).map { $0 / sigma }.filter { $0 < 9 }
    ends.append(9)
    var coefficients = [Double](repeating: 0, count: Self.order + 1)
    for (low, high) in zip(ends, ends.dropFirst()) {
      let parts = max(1, ((high - low) / 1.5).rounded(.up))
      for part in 0..<Int(parts) {
        let start = low + (high - low) * Double(part) / parts, half = (high - low) / parts / 2
        for k in 0..<rule.nodes.count {
          let z = start + half * (1 + rule.nodes[k])
          let weight = half * rule.weights[k] * exp(-z * z / 2) * 0.398942280401432678
          let above = weight * f(sigma * z), below = weight * f(-sigma * z)
          let (even, odd) = (above + below, above - below)
          var (h, before) = (1.0, 0.0)
          for n in stride(from: 0, to: Self.order, by: 2) {
            coefficients[n] += even * h
            (h, before) = ((z * h - Self.roots[n] * before) * Self.reciprocals[n + 1], h)
            coefficients[n + 1] += odd * h
            (h, before) = ((z * h - Self.roots[n + 1] * before) * Self.reciprocals[n + 2], h)
          }
          coefficients[Self.order] += even * h
        }
      }
    }
    squares = coefficients.map { $0 * $0 }
    let sum = squares.reduce(0, +)
    let slope = squares.enumerated().reduce(0.0) { $0 + Double($1.offset) * $1.element }
    tail = max(0, single.secondMoment - sum)
    let power = tail > 0 ? (q * single.derivativeSecondMoment - slope) / tail : 0
    tailPower = power.isFinite ? max(Double(Self.order + 1), power) : Double(Self.order + 1)
    law = TailLaw(moments.activation)
    self.weightVariance = weightVariance
    self.next = next
  }

  private static let roots = (0...order + 2).map { Double($0).squareRoot() }
  private static let reciprocals = roots.map { 1 / $0 }

  /// c* and the map's slope there, found as in ``CorrelationMap/fixedPoint()``.
  func fixedPoint() -> (separation: Double, slope: Double) {
    var d = 1.0, slope = 0.0
    for _ in 0..<60 {
      let c = 1 - d
      var (value, derivative, power) = (0.0, 0.0, 1.0)
      // sum a_k^2 (1 - c^k), with 1 - c^k = (1 - c)(1 + c + ... + c^(k-1)).
      var geometric = 0.0
      for k in 1...Self.order {
        geometric += power
        derivative += squares[k] * Double(k) * power
        value += squares[k] * geometric
        power *= c
      }
      let rest = law.deficit(c > 0 ? -log1p(-d) : .infinity, meanPower: tailPower)
      let image = weightVariance / next * (value * d + tail * rest.value)
      slope = weightVariance / next * (derivative + (c > 0 ? tail * rest.slope / c : 0))
      let excess = image - d
      let following = d - excess / (slope - 1)
      guard excess < -1e-15, following > 0, following < d else { break }
      let isSettled = d - following < 1e-9 * d
      d = following
      if isSettled { break }
    }
    return (d, slope)
  }
}
