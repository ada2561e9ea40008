import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Says what would mend a network: the first remedy that a second audit finds healthy.
final class Recommendation {
  /// The first remedy that is this sure is recommended; without one, the surest.
  private static let enough = 0.9

  private let trial: RemedyTrial
  private let network: Network

  init(_ maker: VerdictMaker) {
    trial = RemedyTrial(maker)
    network = maker.configuration.network
  }

  /// What to do about a run, in one or two sentences; for a healthy one what to keep. Nil without a verdict.
  ///
  /// - Throws: As an audit does, but for remedies that do not fit the network.
  func text(for run: InitializerRun, initializer: Initializer) throws -> String? {
    guard let verdict = run.verdict else { return nil }
    if verdict.trains == true { return VerdictText.keep(verdict.learningRate) }
    // Where nothing is known and nothing was found, there is nothing to mend.
    if verdict.trains == nil, !run.findings.contains(where: { $0.severity == .error }) { return nil }
    var failed: [String] = []
    var best: (outcome: RemedyTrial.Outcome, confidence: Double, failed: [String])?
    for remedy in Remedy.candidates(for: network, excluding: [initializer]) {
      if let outcome = try trial.run(remedy), outcome.verdict.trains == true, let confidence = outcome.verdict.confidence {
        if confidence >= Self.enough { return Self.sentence(outcome, failed: failed) }
        if confidence > best?.confidence ?? 0 { best = (outcome, confidence, failed) }
      }
      if remedy.change == .none { failed.append(remedy.initializer.description) }
    }
    if let best { return Self.sentence(best.outcome, failed: best.failed) }
    if verdict.trains == nil { return nil }
    let tried = failed.isEmpty ? "" : " (\(failed.joined(separator: ", ")), with and without normalization and skips)"
    return """
      None of the remedies that were tried\(tried) is expected to make plain SGD learn. Use fewer layers, or mend what the \
      findings name.
      """
  }

  private static func sentence(_ outcome: RemedyTrial.Outcome, failed: [String]) -> String {
    let initializer = outcome.remedy.initializer.description
    let tried = failed.isEmpty ? "" : " No initializer by itself is sure to do (tried: \(failed.joined(separator: ", ")))."
    let advice =
      switch outcome.remedy.change {
      case .none: "Use \(initializer)."
      case .replacingNamedWeights: "Use \(initializer) in place of the initializers that the network file names."
      case .zeroBiases: "Use \(initializer) and zero biases."
      case .layerNorm: "Add layer normalization before each activation, with \(initializer).\(tried)"
      case .layerNormAndSkips:
        "Add layer normalization before each activation and a skip around each layer, with \(initializer).\(tried)"
      case .skips: "Add a skip around each layer, with \(initializer).\(tried)"
      case .tanh: "Use tanh in place of the activation, with \(initializer).\(tried)"
      }
    var seen: [String] = []
    if let forward = outcome.run.forwardGrowth {
      seen.append("activations' mean squares change by x\(factor(forward.log10)) per layer")
    }
    if let backward = outcome.run.backwardGrowth { seen.append("gradients' by x\(factor(backward.log10))") }
    let measured = seen.isEmpty ? "" : seen.joined(separator: ", ") + ", and "
    let rate = outcome.verdict.learningRate.map { " at a learning rate of about \(shortNumber($0, digits: 1))" } ?? ""
    let sureness = outcome.verdict.confidence.map { " (\(MessageNumber.percent($0)) sure)" } ?? ""
    return "\(advice) In a second audit, \(measured)plain SGD is expected to learn\(rate)\(sureness)."
  }

  private static func factor(_ log10: Double) -> String { shortNumber(pow(10, log10), digits: 3) }
}
