import Glibc
import NetworkGraph
import SignalPropagation

/// Finds what would mend a network and verifies it: each remedy is audited again, and the first that is healthy is recommended.
final class Recommendation {
  /// What an audit of a remedy found.
  private struct Outcome {
    var remedy: Remedy
    var run: InitializerRun
    var verdict: Verdict
  }

  /// The first remedy that is this sure is recommended; without one, the surest.
  private static let enough = 0.9

  private let maker: VerdictMaker
  /// Remedies depend on the network more than on the initializer: each is audited once for all of a report's runs.
  private var outcomes: [String: Outcome?] = [:]

  init(_ maker: VerdictMaker) { self.maker = maker }

  /// What to do about a run, in one or two sentences; for a healthy one what to keep. Nil without a verdict.
  func text(for run: InitializerRun, initializer: Initializer) throws -> String? {
    guard let verdict = run.verdict else { return nil }
    if verdict.trains && verdict.status == .healthy { return VerdictText.keep(verdict.learningRate) }
    var failed: [String] = []
    var best: (outcome: Outcome, failed: [String])?
    for remedy in Remedy.candidates(for: maker.configuration.network, excluding: [initializer]) {
      if let outcome = try audit(remedy), outcome.verdict.trains, outcome.verdict.status == .healthy {
        if outcome.verdict.confidence >= Self.enough { return Self.sentence(outcome, failed: failed) }
        if outcome.verdict.confidence > best?.outcome.verdict.confidence ?? 0 { best = (outcome, failed) }
      }
      if remedy.change.isEmpty { failed.append(remedy.initializer.description) }
    }
    if let best { return Self.sentence(best.outcome, failed: best.failed) }
    let tried = failed.isEmpty ? "" : " (\(failed.joined(separator: ", ")), with and without normalization and skips)"
    return """
      None of the remedies that were audited\(tried) makes plain SGD learn: use fewer layers, or look at what the findings \
      name.
      """
  }

  private func audit(_ remedy: Remedy) throws -> Outcome? {
    let key = "\(remedy.initializer) \(remedy.change)"
    if let known = outcomes[key] { return known }
    var configuration = maker.configuration
    configuration.network = remedy.network
    configuration.initializers = [remedy.initializer]
    configuration.given = GivenTensors()
    configuration.replicas = VerdictMaker.replicas
    configuration.batch = min(configuration.batch, 128)
    configuration.histograms = false
    configuration.tap = nil
    var outcome: Outcome?
    // A remedy that does not fit the network is none.
    if let reading = try? maker.readings([remedy.initializer], network: remedy.network, given: GivenTensors()).readings[0],
      TrainabilityModel.predict(reading).trains, let report = try? Audit(configuration).run()
    {
      let run = Diagnosis(of: configuration).examine(report).runs[0]
      outcome = maker.verdict(of: run, reading).map { Outcome(remedy: remedy, run: run, verdict: $0) }
    }
    outcomes[key] = .some(outcome)
    return outcome
  }

  private static func sentence(_ outcome: Outcome, failed: [String]) -> String {
    var text = ""
    let change = outcome.remedy.change
    if change.isEmpty {
      text = "Initialize with \(outcome.remedy.initializer)"
    } else if change == "zero biases" {
      text = "Initialize with \(outcome.remedy.initializer) and zero biases"
    } else {
      let tried = failed.isEmpty ? "" : " (\(failed.joined(separator: ", ")))"
      text = "No initialization that was tried\(tried) surely saves this depth: \(outcome.remedy.verb) \(change), with \(outcome.remedy.initializer)"
    }
    var seen: [String] = []
    if let forward = outcome.run.forwardGrowth { seen.append("activations' mean squares change by x\(factor(forward.log10)) a layer") }
    if let backward = outcome.run.backwardGrowth { seen.append("gradients' by x\(factor(backward.log10))") }
    let measured = seen.isEmpty ? "" : seen.joined(separator: ", ") + ", and "
    let rate = outcome.verdict.learningRate.map { " from a learning rate of about \(shortNumber($0, digits: 1))" } ?? ""
    return """
      \(text): audited again, \(measured)plain SGD is expected to learn\(rate) \
      (\(shortNumber(100 * outcome.verdict.confidence, digits: 3))% sure).
      """
  }

  private static func factor(_ log10: Double) -> String { shortNumber(pow(10, log10), digits: 3) }
}
