import InitScope

// Shared by the test and, through a symbolic link, by Benchmarks' theory-check.

/// A place in an activation's phase diagram at which networks are held against theory.
struct TheoryPoint {
  enum Regime: String {
    case ordered, critical, chaotic
  }

  var activation: Activation
  var regime: Regime
  var weightVariance: Double
  var biasVariance: Double
  /// Theory's point with chi1 = 1, at the critical point where there is one.
  var critical: CriticalPoint?
  /// Where an activation lacks the regime: what stands in its place.
  var note = ""
  /// Layers at most: where q diverges doubly exponentially, moments soon leave Double.
  var depth = Int.max

  /// An ordered, a critical and a chaotic point, by theory's critical line.
  ///
  /// Critical is the point with chi1 = 1 at bias variance 0.05 if depth leads to it, since biases make correlations move
  /// for odd activations, too; else what ``CriticalLine/recommendation()`` says. Ordered and chaotic have 0.6 and 1.6 times
  /// its weight variance and the same biases. Softplus and squared ReLU have no critical point that depth leads to.
  static func all(of activation: Activation) throws -> [TheoryPoint] {
    let line = try CriticalLine(activation)
    let here = try line.point(biasVariance: 0.05)
    let leadsThere = try here.map { try line.stability(of: $0) != .unstable } ?? false
    if let critical = try leadsThere ? here : line.recommendation() {
      let isHalfStable = [.stableFromAbove, .stableFromBelow].contains(try line.stability(of: critical))
      return try [(Regime.ordered, 0.6), (.critical, 1), (.chaotic, 1.6)].map { regime, factor in
        var point = TheoryPoint(
          activation: activation, regime: regime, weightVariance: factor * critical.weightVariance,
          biasVariance: critical.biasVariance)
        if regime == .critical {
          point.critical = critical
          point.note = critical.variance == nil ? "every q is kept" : isHalfStable ? "half-stable: q nears q* slowly" : ""
        } else if critical.variance == nil {
          point.note = "homogeneous: q changes by \(factor) a layer"
        } else if try point.theory().qStar == nil {
          point.note = "q diverges"
        }
        return point
      }
    }
    switch activation.entry.name {
    case "softplus":
      // chi1 = sw2 E f'^2 tends to sw2 / 2 as q grows: below 2 a fixed point with chi1 < 1, from 2 on none.
      return [
        TheoryPoint(activation: activation, regime: .ordered, weightVariance: 1.2, biasVariance: 0.05),
        TheoryPoint(
          activation: activation, regime: .critical, weightVariance: 2, biasVariance: 0.05,
          note: "no critical point: q diverges, chi1 tends to 1"),
        TheoryPoint(
          activation: activation, regime: .chaotic, weightVariance: 3.2, biasVariance: 0.05,
          note: "q diverges, chi1 tends to 1.6"),
      ]
    default:
      // Squared ReLU: V' = 3 sw2 q where chi1 = 2 sw2 q, so that a stable fixed point has chi1 < 2/3. The critical point
      // repels: sw2 = 1 / (2 q), sb2 = q / 4, reached by inputs of variance 1 where 1 / (2 q) + q / 4 = q.
      let q = (2.0 / 3).squareRoot()
      return [
        TheoryPoint(activation: activation, regime: .ordered, weightVariance: 0.4, biasVariance: 0.1),
        TheoryPoint(
          activation: activation, regime: .critical, weightVariance: 1 / (2 * q), biasVariance: q / 4,
          note: "chi1 = 1 at q = 0.8165, which repels; 5 layers", depth: 5),
        TheoryPoint(
          activation: activation, regime: .chaotic, weightVariance: 0.8, biasVariance: q / 4,
          note: "chi1 > 1 only where q diverges; 5 layers", depth: 5),
      ]
    }
  }

  /// What theory says of depth: the phase, and chi1 at q* (at infinite variance without a fixed point).
  func theory() throws -> MeanFieldTheory {
    try MeanFieldTheory(
      activation: activation, weightVariance: weightVariance, biasVariance: biasVariance,
      startingVariance: weightVariance + biasVariance)
  }
}
