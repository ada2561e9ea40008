import Glibc

/// Names and numbers as people read them; bounds files and JSON keep their keys.
extension GateQuantity {
  /// `mean square` for `secondMoment`.
  public var words: String {
    switch self {
    case .variance: "variance"
    case .secondMoment: "mean square"
    case .std: "standard deviation"
    case .mean: "mean"
    case .growthPerLayer: "growth per layer"
    case .deadFraction: "share of dead units"
    case .saturatedFraction: "share of saturated units"
    case .cosineSimilarity: "cosine between samples"
    }
  }

  /// `mean square of activations`, `growth per layer of gradients`, `share of dead units`.
  public func words(of tensor: GateTensor) -> String {
    self == .deadFraction || self == .saturatedFraction ? words : "\(words) of \(tensor.rawValue)"
  }

  /// A value as a message shows it: three digits; growth as a factor, `x0.5` for the log10 of one half.
  public func text(_ value: Double) -> String {
    self == .growthPerLayer ? "x" + GateNumber.power(log10: value) : GateNumber.text(value)
  }

  /// `0.5 to 2`, `at most 2`, or one number where both ends are equal.
  public func text(low: Double, high: Double) -> String {
    if low == high { return text(low) }
    if high == .infinity { return "at least \(text(low))" }
    if low == -.infinity { return "at most \(text(high))" }
    // The ends may part beyond the digits that are shown.
    let first = text(low), second = text(high)
    return first == second ? first : "\(first) to \(second)"
  }
}
