import Glibc
import NetworkGraph
import SampleStatistics

// Goals, in this order: (1) 1e-10 relative error for q from 1e-12 to 1e12, whatever the activation's own scale; (2) an
// error, never a silent NaN, for what cannot be integrated; (3) 10 microseconds a set of moments.
//
// E g(x) is the integral over x > 0 of (g(x) + g(-x)) times the density. Two scales meet there: the activation's, s, where
// its derivative bends, and the normal's, sigma. Panels start at the smaller one and double: on [a, 2a] an integrand that is
// analytic but for singularities about zero is analytic in an ellipse whose half axes sum to 3 + sqrt 8 half widths, so
// Gauss's rule of order n errs by 5.8^-2n (Trefethen 2008, theorem 4.5), 1e-24 for n = 16, and 1e6 standard scales cost
// but twenty panels. Kinks are ends of panels. Pairing x with -x makes E f of an odd activation exactly zero.

/// Computes Gaussian moments of one activation: prepared once, then evaluated for any variance.
///
/// Closed forms serve homogeneous activations (ReLU, leaky ReLU, squared ReLU) and the sine; quadrature all others. A custom
/// activation is integrated twice, on panels and on their halves; where the two disagree, GSL's adaptive integration takes
/// over, and where that does not settle either, an error says so.
public struct ActivationMoments: Sendable {
  public let activation: Activation
  let form: ClosedForm?
  let scale: ActivationScale
  let nearZero: EvenParts?
  /// The effort of two-dimensional integration.
  let crossEffort: CrossQuadrature.Effort

  public init(_ activation: Activation) { self.init(activation, .full) }

  /// A faster version for finite-width corrections, which are themselves good to 1e-3: product moments to 1e-6 from a
  /// quarter of the nodes.
  package static func coarse(_ activation: Activation) -> ActivationMoments { ActivationMoments(activation, .coarse) }

  private init(_ activation: Activation, _ crossEffort: CrossQuadrature.Effort) {
    self.activation = activation
    self.crossEffort = activation.isCustom ? .full : crossEffort
    form = ClosedForm(activation)
    scale = ActivationScale(activation)
    nearZero = form == nil ? EvenParts(activation, scale: scale) : nil
  }

  /// Where the normal density ends: exp(-12^2 / 2) is 1e-31, so that E f^4 of a quadratic f is not cut either.
  static let reach = 12.0
  static let rule = GaussLegendreRule(order: 16)

  /// Computes the moments for x ~ N(0, variance). At variance 0 slopes are the limits from above.
  ///
  /// - Throws: ``MeanFieldError`` for a variance that is negative or not finite, an activation that overflows under it,
  ///   and a custom one whose integrals do not settle.
  public func moments(variance q: Double) throws(MeanFieldError) -> GaussianMoments {
    try MeanFieldError.checkVariance(q, "variance")
    if q < Self.smallestVariance { return try limit(variance: q) }
    if let moments = form?.moments(variance: q) { return try checked(moments) }
    let ends = panelEnds(sigma: q.squareRoot())
    let moments = quadrature(variance: q, ends: ends)
    guard activation.isCustom else { return try checked(moments) }
    let halved = quadrature(variance: q, ends: halves(ends))
    if try checked(halved).agrees(with: checked(moments)) { return halved }
    return try adaptive(variance: q, ends: ends)
  }

  /// Below this, f is its tangent to every digit, and squares of squares would underflow.
  static let smallestVariance = 0x1p-150

  /// The moments at q = 0, where the argument is zero. A ratio to q keeps its value just above 0.
  private func limit(variance q: Double) throws(MeanFieldError) -> GaussianMoments {
    var moments = try moments(variance: Self.smallestVariance)
    let start = activation.value(0)
    let ratio = q / Self.smallestVariance
    moments.variance = q
    moments.mean = start + (moments.mean - start) * ratio.squareRoot()
    moments.secondMoment = start * start + moments.secondMomentSlope * q
    moments.fourthMoment = start == 0 ? moments.fourthMoment * ratio * ratio : moments.secondMoment * moments.secondMoment
    return moments
  }

  /// Ends of the panels for positive x: zero, the smaller scale doubled repeatedly, and the kinks.
  func panelEnds(sigma: Double) -> [Double] {
    let last = Self.reach * sigma
    var ends = [0.0]
    var end = min(2 * scale.length, 1.5 * sigma)
    while end < 0.75 * last {
      ends.append(end)
      end *= 2
    }
    ends.append(last)
    let kinks = scale.kinkMagnitudes.filter { $0 > 0 && $0 < last }
    guard !kinks.isEmpty else { return ends }
    return (ends + kinks).sorted()
  }

  private func halves(_ ends: [Double]) -> [Double] {
    let middles = zip(ends, ends.dropFirst()).map { ($0 + $1) / 2 }
    return (ends + middles).sorted()
  }

  private func checked(_ moments: GaussianMoments) throws(MeanFieldError) -> GaussianMoments {
    guard moments.isFinite else {
      throw MeanFieldError(
        .overflow, "\(activation): a moment up to E f^4 is not finite under a normal of variance \(moments.variance)",
        hint: "Ask for a smaller variance, or give an activation that is finite and grows more slowly.")
    }
    return moments
  }
}

extension ActivationMoments {
  /// Computes all moments at once on the given panels.
  private func quadrature(variance q: Double, ends: [Double]) -> GaussianMoments {
    let sigma = q.squareRoot()
    let (f, g) = (activation.value, activation.derivative)
    var sums = MomentSums()
    // Near zero the even part comes from its own expansion, since the sum of f(x) and f(-x) would cancel.
    let even = nearZero.flatMap { Self.reach * sigma <= $0.radius ? $0 : nil }
    for panel in 0..<ends.count - 1 where ends[panel] < ends[panel + 1] {
      let middle = (ends[panel] + ends[panel + 1]) / 2, half = (ends[panel + 1] - ends[panel]) / 2
      let factor = half / sigma * 0.398942280401432678
      for k in 0..<Self.rule.nodes.count {
        let x = middle + half * Self.rule.nodes[k]
        let z = x / sigma
        let weight = factor * Self.rule.weights[k] * exp(-z * z / 2)
        sums.add(weight: weight, z: z, x: x, f: f(x), g: g(x), fBelow: f(-x), gBelow: g(-x))
        if let even {
          sums.evenMean += weight * x * x * even.value(x)
          sums.evenSlope = even.slope(x).map { sums.evenSlope + weight * x * x * $0 } ?? sums.slope
        }
      }
    }
    return sums.moments(variance: q, even: even)
  }

  /// Computes every moment by GSL's adaptive integration, for custom activations with features inside panels.
  private func adaptive(variance q: Double, ends: [Double]) throws(MeanFieldError) -> GaussianMoments {
    let sigma = q.squareRoot()
    let (f, g) = (activation.value, activation.derivative)
    var failed = false
    // With respect to z, so that integrals are of the integrand's own size. Signed integrands may cancel to nothing: only
    // those that have one sign must meet the goal relative to themselves.
    func expectation(signed: Bool = false, _ integrand: (_ z: Double, _ f: Double, _ g: Double) -> Double) -> Double {
      let estimate = AdaptiveQuadrature.integral(over: ends.map { $0 / sigma }, relativeError: 1e-11) { z in
        let x = z * sigma
        let density = 0.398942280401432678 * exp(-z * z / 2)
        return density * integrand(z, f(x), g(x)) + density * integrand(-z, f(-x), g(-x))
      }
      guard let estimate, signed || estimate.error <= 1e-8 * estimate.value.magnitude else {
        failed = true
        return .nan
      }
      return estimate.value
    }
    let second = expectation { _, f, _ in f * f }
    let slopes = expectation { _, _, g in g * g }
    let tilt = expectation(signed: true) { z, _, g in (z * z - 1) * g * g }
    let curvature = expectation(signed: true) { z, f, _ in ((z * z - 6) * z * z + 3) * f * f }
    let bend = expectation(signed: true) { z, _, g in ((z * z - 6) * z * z + 3) * g * g }
    let moments = GaussianMoments(
      variance: q, mean: expectation(signed: true) { _, f, _ in f }, secondMoment: second, derivativeSecondMoment: slopes,
      fourthMoment: expectation { _, f, _ in f * f * f * f },
      derivativeFourthMoment: expectation { _, _, g in g * g * g * g },
      mixedFourthMoment: expectation { _, f, g in f * f * g * g },
      secondMomentSlope: expectation(signed: true) { z, f, g in z * f * g } / sigma,
      derivativeElasticity: slopes > 0 ? tilt / (2 * slopes) : 0,
      secondMomentCurvature: second > 0 ? curvature / (4 * second) : 0,
      derivativeCurvature: slopes > 0 ? bend / (4 * slopes) : 0)
    guard !failed, moments.isFinite else {
      throw MeanFieldError(
        .quadrature, "\(activation): the moments under a normal of variance \(q) do not settle to 1e-8",
        hint: "It oscillates, jumps or grows faster than quadrature can follow; ask for a smaller variance.")
    }
    return moments
  }
}

extension GaussianMoments {
  var isFinite: Bool {
    [
      mean, secondMoment, derivativeSecondMoment, fourthMoment, derivativeFourthMoment, mixedFourthMoment, secondMomentSlope,
      derivativeElasticity, secondMomentCurvature, derivativeCurvature,
    ].allSatisfy(\.isFinite)
  }

  /// Whether two rules gave the same result, to a tenth of the promised precision.
  func agrees(with other: GaussianMoments) -> Bool {
    func close(_ a: Double, _ b: Double, _ scale: Double) -> Bool { (a - b).magnitude <= 1e-11 * scale }
    return close(mean, other.mean, secondMoment.squareRoot()) && close(secondMoment, other.secondMoment, secondMoment)
      && close(derivativeSecondMoment, other.derivativeSecondMoment, derivativeSecondMoment)
      && close(fourthMoment, other.fourthMoment, fourthMoment)
      && close(derivativeFourthMoment, other.derivativeFourthMoment, derivativeFourthMoment)
  }
}
