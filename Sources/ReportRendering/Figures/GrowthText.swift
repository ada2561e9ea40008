import NumberText
import SignalPropagation

/// Text for growth per layer: the factor, "×0.79", and its interval, "0.78 to 0.81".
package enum GrowthText {
  package static func factor(_ growth: InitializerRun.Growth) -> String {
    "×" + FigureNumber.power(growth.log10, padded: true)
  }

  package static func interval(_ growth: InitializerRun.Growth) -> String? {
    // Both ends in one notation.
    growth.interval.map { FigureNumber.column(ofPowers: [$0.low, $0.high]).compactMap(\.self).joined(separator: " to ") }
  }

  static func full(_ run: InitializerRun, _ tensor: SignalTensor) -> String {
    guard let growth = tensor.growth(of: run) else { return missing(run, tensor) }
    return factor(growth) + (interval(growth).map { "  (\($0))" } ?? "")
  }

  /// Says why there is no growth.
  static func missing(_ run: InitializerRun, _ tensor: SignalTensor) -> String {
    let cells = run.layers.map { SignalCell(tensor.summary(of: $0)) }
    if cells.contains(.nonFinite) { return "not finite" }
    if cells.contains(.noSignal) { return "no signal" }
    return run.hiddenLayers.count < 3 ? "too few layers" : "–"
  }
}
