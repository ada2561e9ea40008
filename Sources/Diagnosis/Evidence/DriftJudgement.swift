import NumberText
import SignalPropagation

/// Decides how bad a drift of signals or gradients over depth is, by the number of decades (powers of ten).
///
/// The bounds were set on networks that were really trained (see ``BoundEvidence``); a drift that chance explains is never
/// judged.
struct DriftJudgement {
  /// The drift from which on a finding is a note.
  static let note = 1.0
  /// Networks without an error beyond it reached a median accuracy of 0.61 (activations) and 0.68 (gradients), others 0.84.
  static let warning = 2.0

  let drift: SignalDrift
  let severity: Finding.Severity
  /// The bound that was exceeded, in decades.
  let bound: Double

  /// Judges a drift.
  ///
  /// - Parameters:
  ///   - error: Decades from which networks did not train.
  ///   - growing: Which sign of drift is meant.
  /// - Returns: nil for a drift of the other sign, within chance, or too small to matter.
  init?(_ drift: SignalDrift?, growing: Bool, error: Double) {
    guard let drift, drift.isBeyondChance, growing == (drift.total > 0) else { return nil }
    let size = drift.total.magnitude
    let bounds: [(Finding.Severity, Double)] = [(.error, error), (.warning, Self.warning), (.note, Self.note)]
    guard let passed = bounds.first(where: { size > $0.1 }) else { return nil }
    self.drift = drift
    (severity, bound) = passed
  }

  /// Decades of drift, in either direction.
  static func size(of finding: Finding) -> Double { (finding.figure("log10Drift") ?? 0).magnitude }

  func finding(of rule: String, _ severity: Finding.Severity? = nil, consequence: String) -> Finding {
    var evidence = drift.evidence(bound: bound)
    let beyond = drift.firstLayer(beyond: bound), first = beyond ?? drift.lastLayer
    if let first { evidence["layer"] = .text(first.name) }
    return Finding(
      rule: rule, severity: severity ?? self.severity, layers: first.map { drift.layers(from: $0) } ?? [],
      evidence: evidence, message: message(beyond: beyond?.name, consequence))
  }

  /// - Parameter beyond: The first layer in the direction of travel where the bound is exceeded.
  private func message(beyond: String?, _ consequence: String) -> String {
    let grows = drift.total > 0, isForward = drift.signal == .activations
    let verb = grows ? "grow" : "shrink"
    let limit = MessageNumber.power(log10: grows ? bound : -bound)
    let measure = drift.isSumOfSquares ? "sum of squares" : "mean square"
    // Gradients travel from the last layer to the first.
    let place =
      beyond.map { layer in
        let part = isForward ? "From layer \(layer) on" : "From layer \(layer) back"
        return grows
          ? " \(part), the \(measure) is more than \(limit) times that of the \(isForward ? "first" : "last") layer."
          : " \(part), less than \(limit) of the \(measure) is left."
      } ?? ""
    return """
      \(drift.signal.title) \(verb): \(measure) x\(MessageNumber.power(log10: drift.perLayer)) per layer, \
      x\(MessageNumber.power(log10: drift.total)) over \(drift.steps) layers. \(consequence)\(place)
      """
  }
}
