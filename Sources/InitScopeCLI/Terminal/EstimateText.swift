import InitScope
import NumberText

/// A mean over seeds and how far they scatter, in a table's cell.
struct EstimateText {
  /// Whether values are shares of 1, shown as percentages.
  var isShare: Bool

  /// `84.3% ±1.1`; `97.0% (92.1 to 100)` where the interval is cut at what the quantity can be; both values of two seeds;
  /// the value alone of one.
  ///
  /// - Parameter interval: Whether there is room for more than the mean.
  func text(_ estimate: TrainingReport.Estimate, interval: Bool = true) -> String {
    guard interval else { return number(estimate.mean) }
    guard let bounds = estimate.interval else {
      return estimate.count == 2 ? "\(number(estimate.lowest)), \(number(estimate.highest))" : number(estimate.mean)
    }
    if let half = estimate.symmetricHalf { return "\(number(estimate.mean)) ±\(plain(half))" }
    return "\(number(estimate.mean)) (\(plain(bounds[0])) to \(plain(bounds[1])))"
  }

  /// Accuracies need their decimal: `88.4%`, `100%`.
  func number(_ value: Double) -> String {
    isShare ? TableNumber.accuracy(value) : TableNumber.significant(value)
  }

  /// Without the sign that the mean before it has.
  private func plain(_ value: Double) -> String {
    isShare ? value == 1 ? "100" : TableNumber.fixed(value * 100, 1) : TableNumber.significant(value)
  }
}
