import MeanField
import NumberText

extension TheoryReport {
  /// Says why there is no usable critical weight variance at this bias variance, and where there is one; nil where there is.
  public var criticalRemark: String? {
    guard let point = criticalPoint else {
      if let only = criticalBiasVariances, only.upperBound == 0 {
        return "No critical weight variance at this bias variance: where chi1 = 1, "
          + (recommendation.map { "at weight variance \(number($0.weightVariance)), " } ?? "")
          + "biases make the variance grow without bound. " + whereCritical
      }
      return "No critical weight variance at this bias variance: chi1 is 1 at no fixed point. " + whereCritical
    }
    guard criticalStability == .unstable else { return nil }
    let q = point.variance.map(number) ?? "none"
    return "No critical weight variance to use at this bias variance: chi1 = 1 only at weight variance "
      + "\(number(point.weightVariance)) and q* = \(q), an unstable fixed point that depth leads away from. " + whereCritical
  }

  /// The weight and bias variance to use: the critical point at this bias variance if depth leads to it, unless it is
  /// saturated and the recommendation is not; else the recommendation.
  public var pointToUse: CriticalPoint? {
    guard let criticalPoint, criticalStability != .unstable else { return recommendation }
    let isWorse = criticalSaturation?.isHigh ?? false && !(recommendedSaturation?.isHigh ?? true)
    return isWorse ? recommendation : criticalPoint
  }

  private var whereCritical: String {
    guard let biases = criticalBiasVariances else {
      return "At no bias variance is there a critical point that depth leads to."
    }
    if biases.upperBound == 0 { return "Critical points that depth leads to exist without biases only." }
    let end = biases.upperBound == .infinity ? "" : ", up to \(number(biases.upperBound))"
    return "Critical points that depth leads to exist for bias variance >= \(number(biases.lowerBound))\(end)."
  }

  /// Warnings as sentences: saturation at the point asked about, at the critical one and at the recommended one, with what
  /// to do instead.
  public var warnings: [String] {
    var sentences: [String] = []
    func share(_ saturation: Saturation) -> String { FigureNumber.percent(saturation.share) }
    let means = "of the units have |f'| < \(Saturation.limit) max|f'|: hardly a gradient passes them."
    if let saturation, let q = theory.qStar, saturation.isHigh {
      sentences.append("Saturated: at q* = \(number(q)), \(share(saturation)) \(means)")
    }
    // The same point was found in two ways, which differ by rounding.
    if let criticalSaturation, let q = criticalPoint?.variance, criticalSaturation.isHigh,
      ((theory.qStar ?? 0) / q - 1).magnitude > 1e-6
    {
      sentences.append("The critical point is saturated: at q* = \(number(q)), \(share(criticalSaturation)) \(means)")
    }
    guard !sentences.isEmpty else { return [] }
    if let recommendedSaturation, let recommendation, !recommendedSaturation.isHigh {
      sentences.append(
        "Use weight variance \(number(recommendation.weightVariance)), bias variance "
          + "\(number(recommendation.biasVariance)) instead, where the share is \(share(recommendedSaturation)).")
    } else {
      sentences.append(
        "chi1 = 1 holds there on average over few units. Normalize pre-activations, or take an activation that "
          + "is critical at small variances, such as tanh.")
    }
    return sentences
  }

  private func number(_ value: Double) -> String { TableNumber.plain(value, 5) }
}
