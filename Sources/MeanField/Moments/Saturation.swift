import Glibc
import NetworkGraph

// An indicator has jumps, on which no quadrature rule converges. So the places where |f'| crosses the limit are found, and
// the normal distribution function gives the weight of what lies between.

/// The share of normal pre-activations at which an activation hardly responds: those with `|f'| < 0.05 max |f'|`.
///
/// The limit is the audit's for saturated units. A share is 0 for an activation of unbounded slope (relu_squared), for which
/// the limit has no meaning.
public struct Saturation: Sendable, Hashable {
  /// The share of all pre-activations that are negative and saturated.
  public var below: Double
  /// The share of all pre-activations that are positive and saturated.
  public var above: Double

  /// `P(|f'(x)| < 0.05 max |f'|)`: a half for ReLU, whose negative side is cut off by design.
  public var share: Double { below + above }

  /// The share that is saturated on both sides alike, `2 min(below, above)`: 0 for rectifiers however large their inputs
  /// are.
  public var twoSidedShare: Double { 2 * min(below, above) }

  /// The limit of |f'|, as a share of max |f'|.
  public static let limit = 0.05

  /// The two-sided share from which on a warning is due: a fifth of the units, of either sign, pass almost no gradient.
  public static let warningShare = 0.2

  /// Whether the two-sided share is large enough for a warning.
  public var isHigh: Bool { twoSidedShare >= Self.warningShare }

  /// Computes the shares for x ~ N(0, variance). At variance 0 they are those of f'(0), all or nothing.
  ///
  /// Errors are below 1e-12 where |f'| crosses the limit no more often than once in a sixteenth of a power of two of x, and
  /// up to 1e-2 where it oscillates faster (the sine at large variances), which is then sampled.
  ///
  /// - Throws: ``MeanFieldError`` for a variance that is negative or not finite, and a derivative that is not a number.
  public init(of activation: Activation, variance: Double) throws(MeanFieldError) {
    try MeanFieldError.checkVariance(variance, "variance")
    (below, above) = (0, 0)
    guard let top = activation.laws.maximumSlope else { return }
    // As good as 0 for every activation, and not yet subnormal.
    let sigma = max(variance.squareRoot(), 0x1p-300)
    let limit = Self.limit * top
    // An activation without a law for large arguments may oscillate there, on its own scale.
    let laws = activation.laws
    let unresolved =
      laws.atInfinity == nil && laws.homogeneousDegree == nil ? 0.1 * ActivationScale(activation).length : .infinity
    var failure: MeanFieldError?
    func share(_ side: Double) -> Double {
      func isSaturated(_ z: Double) -> Bool {
        let slope = activation.derivative(side * sigma * z).magnitude
        if slope.isNaN, failure == nil {
          failure = MeanFieldError(
            .overflow, "\(activation): f' is not a number at \(side * sigma * z)",
            hint: "Give closures that are finite for every argument, or ask for a smaller variance.")
        }
        return slope < limit
      }
      var (low, total) = (0.0, 0.0)
      var state = isSaturated(Self.ends[1] / 2)
      // Where the current saturated stretch began. Counting whole stretches keeps a half exactly a half.
      var start = state ? 0.0 : nil
      for high in Self.ends.dropFirst() {
        let next = isSaturated(high)
        if next != state {
          var (a, b) = (low, high)
          // Bisection would find one of many crossings, most often the nearest to the rarer state; the middle is unbiased.
          if (high - low) * sigma > unresolved { (a, b) = ((a + b) / 2, (a + b) / 2) }
          // The crossing to the last bit of z.
          while case let middle = (a + b) / 2, middle > a, middle < b {
            if isSaturated(middle) == state { a = middle } else { b = middle }
          }
          if let from = start { total += Self.probability(from: from, to: b) }
          start = next ? b : nil
        }
        (low, state) = (high, next)
      }
      return total + (start.map { Self.probability(from: $0, to: .infinity) } ?? 0)
    }
    let shares = (share(-1), share(1))
    if let failure { throw failure }
    (below, above) = shares
  }

  /// Where |f'| is sampled, in standard deviations: steps of a sixteenth of a power of two from 2^-40 on, at most 1/256
  /// wide, up to 12.
  private static let ends: [Double] = {
    var ends = [0, 0x1p-40]
    while ends[ends.count - 1] < 12 {
      let last = ends[ends.count - 1]
      ends.append(last + min(last * 0.0442737824, 0x1p-8))
    }
    return ends
  }()

  /// `P(a < z < b)`.
  private static func probability(from a: Double, to b: Double) -> Double {
    // The difference of erf near zero and of erfc in the tail: whichever does not cancel.
    let root = 0.5.squareRoot()
    return b < 1 ? (erf(b * root) - erf(a * root)) / 2 : (erfc(a * root) - erfc(b * root)) / 2
  }
}
