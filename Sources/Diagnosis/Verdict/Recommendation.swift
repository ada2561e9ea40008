import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds what would fix a network: the first remedy that a second audit finds healthy.
final class Recommendation {
  private let trial: RemedyTrial
  private let network: Network

  init(_ maker: VerdictMaker) {
    trial = RemedyTrial(maker)
    network = maker.configuration.network
  }

  /// What to do about each run, in one or two sentences; for a healthy one what to keep. Nil without a verdict.
  ///
  /// - Parameter progress: Is called with the remedies that were looked at and their number.
  /// - Throws: As an audit does, but for remedies that do not fit the network.
  func texts(for runs: [InitializerRun], progress: (_ done: Int, _ total: Int) -> Void) throws -> [String?] {
    // What the report itself shows to train needs no second audit.
    let known = zip(trial.maker.configuration.initializers, runs).compactMap { initializer, run in
      run.verdict?.trains == true ? RemedyTrial.Outcome(initializer, run) : nil
    }
    let isInNeed = runs.map(Self.needsRemedy)
    var finished = 0
    return try runs.indices.map { index in
      guard let verdict = runs[index].verdict else { return nil }
      if verdict.trains == true { return VerdictText.keep(verdict.learningRate) }
      guard isInNeed[index] else { return nil }
      let initializer = trial.maker.configuration.initializers[index]
      let candidates = Remedy.candidates(for: network, excluding: [initializer])
      let total = candidates.count * isInNeed.count { $0 }
      defer { finished += 1 }
      return try remedy(for: runs[index], candidates, known) { progress(finished * candidates.count + $0, total) }
    }
  }

  /// Where nothing is known and nothing was found, there is nothing to fix.
  private static func needsRemedy(_ run: InitializerRun) -> Bool {
    guard let verdict = run.verdict, verdict.trains != true else { return false }
    return verdict.trains == false || run.findings.contains { $0.severity == .error }
  }

  private func remedy(
    for run: InitializerRun, _ candidates: [Remedy], _ known: [RemedyTrial.Outcome], progress: (_ tried: Int) -> Void
  ) throws -> String? {
    var outcomes: [RemedyTrial.Outcome?] = []
    let chosen = try RemedyChoice.place(among: candidates.count) { place in
      progress(place)
      let outcome = try known.first { $0.remedy == candidates[place] } ?? trial.run(candidates[place])
      outcomes.append(outcome)
      return outcome?.verdict.trains == true ? outcome?.verdict.confidence : nil
    }
    let failed = candidates[..<(chosen ?? candidates.count)].filter { $0.change == .none }.map(\.initializer.description)
    if let chosen, let outcome = outcomes[chosen] { return sentence(outcome, failed: failed) }
    if run.verdict?.trains == nil { return nil }
    let tried = failed.isEmpty ? "" : " (\(failed.joined(separator: ", ")), with and without normalization and skips)"
    return """
      None of the remedies that were tried\(tried) is expected to make plain SGD learn. Use fewer layers, or mend what the \
      findings name.
      """
  }

  private func sentence(_ outcome: RemedyTrial.Outcome, failed: [String]) -> String {
    let initializer = outcome.remedy.initializer.description
    let tried = failed.isEmpty ? "" : " No initializer alone was enough (tried: \(failed.joined(separator: ", ")))."
    let advice =
      switch outcome.remedy.change {
      case .none: "Use \(initializer)."
      case .replacingNamedWeights: "Use \(initializer) in place of the initializers that the network file names."
      case .drawnBiases:
        "Use \(initializer), and draw the hidden layers' biases from \(Remedy.bias(for: network)?.description ?? "")."
      case .zeroBiases: "Use \(initializer) and zero biases."
      case .layerNorm: "Add layer normalization before each activation, with \(initializer).\(tried)"
      case .layerNormAndSkips:
        "Add layer normalization before each activation and a skip around each layer, with \(initializer).\(tried)"
      case .skips: "Add a skip around each layer, with \(initializer).\(tried)"
      case .tanh: "Use tanh in place of the activation, with \(initializer).\(tried)"
      }
    var seen: [String] = []
    if let forward = outcome.run.forwardGrowth {
      seen.append("activations' mean squares change by x\(Self.factor(forward.log10)) per layer")
    }
    if let backward = outcome.run.backwardGrowth { seen.append("gradients' by x\(Self.factor(backward.log10))") }
    let measured = seen.isEmpty ? "" : seen.joined(separator: ", ") + ", and "
    let rate = outcome.verdict.learningRate.map { " at a learning rate of about \(shortNumber($0, digits: 1))" } ?? ""
    let sureness = outcome.verdict.confidence.map { " (\(MessageNumber.percent($0)) sure)" } ?? ""
    return
      "\(advice) In \(outcome.isOfReport ? "this" : "a second") audit, \(measured)plain SGD is expected to learn\(rate)\(sureness)."
  }

  private static func factor(_ log10: Double) -> String { shortNumber(pow(10, log10), digits: 3) }
}
