import NumberText
import SignalPropagation

/// Finds signals that are not a number, infinite, or too large for the Float32 arithmetic of training.
public struct NonFinite: Rule {
  public static let name = "non-finite"
  public static let summary = "A signal is not a number, is infinite, or leaves Float32's range."
  public static let explanation = """
    Every value of every signal is looked at, forward and backward, in all replicas. The audit carries a scale beside its \
    signals and so sees magnitudes that plain Float32 does not hold: a signal whose largest value is 2^128 (3.4e38) or more \
    becomes infinite in training, and the loss not a number. Nothing is left to chance, so that no false-alarm rate applies.
    """
  public static let remedy = """
    Shrink the weights: the growth per layer says by how much. Where a signal is not a number without being large, look for \
    an input that is not finite or an activation that is not defined everywhere.
    """
  public static let status: Verdict.Status? = .nonfinite
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "some value is not finite, or is 2^128 or more in magnitude")
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("log10SecondMoment") ?? .infinity }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    // In the direction of travel: layers after the first inherit its values.
    let forward = run.layers.map { ($0, "activations", [$0.preactivation, $0.activation]) }
    let backward = run.layers.reversed().map { ($0, "gradients", [$0.gradient, $0.preactivationGradient] + weights($0)) }
    let hit = (forward + backward).filter { $0.2.contains { $0.nonFinite > 0 || $0.float32 == .overflows } }
    guard let (layer, what, signals) = hit.first else { return [] }
    let count = signals.reduce(0) { $0 + $1.nonFinite }
    let largest = signals.compactMap(\.log10SecondMoment).max()
    var evidence: [String: Finding.Evidence] = [
      "signal": .text(what), "layer": .text(layer.name), "nonFinite": .number(Double(count)),
      "cause": .text(count > 0 ? "not a number" : "too large for Float32"),
    ]
    if let largest { evidence["log10SecondMoment"] = .number(largest) }
    return [
      Finding(
        rule: Self.name, severity: .error, layers: Set(hit.map(\.0.index)).sorted(), evidence: evidence,
        message: Self.message(what, layer.name, count: count, largest: largest))
    ]
  }

  private func weights(_ layer: LayerResult) -> [SignalSummary] { layer.weightGradient.map { [$0] } ?? [] }

  // MARK: Messages

  static func message(_ signal: String, _ layer: String, count: Int, largest: Double?) -> String {
    let title = signal.prefix(1).uppercased() + signal.dropFirst()
    if count > 0 {
      return "\(title) of layer \(layer) hold \(count) value\(count == 1 ? "" : "s") that are infinite or not a number."
    }
    let size = largest.map { " (mean square \(MessageNumber.power(log10: $0)))" } ?? ""
    return """
      \(title) of layer \(layer)\(size) are larger than Float32 can hold (3.4e38): in training they become infinite.
      """
  }
}
