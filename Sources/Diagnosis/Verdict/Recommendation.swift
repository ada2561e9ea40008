import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds what would fix a network: an initializer that the report itself shows to train, or else the first remedy that a
/// second audit finds healthy.
final class Recommendation {
  /// The first remedy that is at least this sure is recommended; where there is none, the surest.
  fileprivate static let enough = 0.9
  /// A remedy that trains less often than not by one drawing of the weights is passed over. One that works may be, where its
  /// drawings differ: another is recommended then.
  private static let promising = 0.5

  private let trial: RemedyTrial
  private let network: Network
  private let promise: Remedy.Promise
  /// Remedies that theory expects to work in a network of this kind.
  private let vouched: Set<Remedy>

  init(_ maker: VerdictMaker) {
    trial = RemedyTrial(maker)
    network = maker.configuration.network
    promise = Remedy.promise(for: network)
    vouched = promise == .theorys ? Set(Remedy.candidates(for: network, excluding: []).prefix(1)) : []
  }

  /// What to do about each run, in one or two sentences; for a healthy one what to keep. Nil without a verdict.
  ///
  /// - Parameter progress: Is called with the remedies that were looked at and their number.
  /// - Throws: As an audit does, but for remedies that do not fit the network.
  func texts(for runs: [InitializerRun], progress: (_ done: Int, _ total: Int) -> Void) throws -> [String?] {
    // What the report itself shows to train needs no second audit.
    let outcomes = zip(trial.maker.configuration.initializers, runs).compactMap { RemedyTrial.Outcome($0, $1) }
    let known = outcomes.filter { $0.verdict.trains == true }
    let open = outcomes.filter { $0.verdict.trains == nil && $0.run.findings.allSatisfy { $0.severity == .note } }
    let isInNeed = runs.map(Self.needsRemedy)
    var finished = 0
    return try runs.indices.map { index in
      guard let verdict = runs[index].verdict else { return nil }
      if verdict.trains == true { return VerdictText.keep(verdict.learningRate) }
      guard isInNeed[index] else { return nil }
      let initializer = trial.maker.configuration.initializers[index]
      let candidates = order(Remedy.candidates(for: network, excluding: [initializer]))
      let total = candidates.count * isInNeed.count { $0 }
      defer { finished += 1 }
      return try remedy(for: runs[index], candidates, known, open.map(\.remedy)) {
        progress(finished * candidates.count + $0, total)
      }
    }
  }

  /// Remedies that can be applied, by promise: as they come, from the least change on, but where theory has no good word for
  /// any initializer at this depth. Then initializers alone come last.
  private func order(_ candidates: [Remedy]) -> [Remedy] {
    let fitting = candidates.filter(trial.fits)
    guard promise == .none else { return fitting }
    func rank(_ remedy: Remedy) -> Int {
      remedy.change == .tanh ? 1 : remedy.change == .none || remedy.change == .drawnBiases ? 3 : 2
    }
    return fitting.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
  }

  /// Where nothing is known and nothing was found, there is nothing to fix.
  private static func needsRemedy(_ run: InitializerRun) -> Bool {
    guard let verdict = run.verdict, verdict.trains != true else { return false }
    return verdict.trains == false || run.findings.contains { $0.severity != .note }
  }

  private func remedy(
    for run: InitializerRun, _ candidates: [Remedy], _ known: [RemedyTrial.Outcome], _ unknown: [Remedy],
    progress: (_ tried: Int) -> Void
  ) throws -> String? {
    if let best = best(of: known, candidates) { return sentence(best, failed: []) }
    var failed: [String] = []
    // Those of which nobody can know whether the network trains with them.
    var open = unknown
    var unsure: [(remedy: Remedy, confidence: Double, failed: [String])] = []
    // Where theory vouches for the first, a glance is not worth its time.
    if let first = candidates.first, vouched.contains(first), !known.contains(where: { $0.remedy == first }) {
      progress(0)
      if let outcome = try trial.run(first), outcome.isSure { return sentence(outcome, failed: failed) }
    }
    // A few are looked at together, in order of promise.
    for start in stride(from: 0, to: candidates.count, by: trial.breadth) {
      progress(start)
      let few = Array(candidates[start..<min(candidates.count, start + trial.breadth)])
      let unread = few.filter { remedy in !known.contains { $0.remedy == remedy } }
      let promises = Dictionary(uniqueKeysWithValues: zip(unread, try trial.promises(of: unread)))
      for remedy in few {
        if let outcome = known.first(where: { $0.remedy == remedy }) {
          unsure.append((remedy, outcome.verdict.confidence ?? 0, failed))
        } else if let promise = promises[remedy], promise >= Self.promising {
          let isHopeful = try promise >= Self.enough || trial.sureness(of: remedy) ?? 0 >= Self.enough
          if isHopeful, let outcome = try trial.run(remedy), outcome.isSure { return sentence(outcome, failed: failed) }
          if let confidence = try trial.sureness(of: remedy) {
            unsure.append((remedy, confidence, failed))
          } else if trial.isOpen(remedy) {
            open.append(remedy)
          }
        } else if trial.isUnknownAtAGlance(remedy) {
          open.append(remedy)
        }
        if remedy.change == .none, !open.contains(remedy) { failed.append(remedy.initializer.description) }
      }
    }
    // The surest of those that are not sure; among equals the one that changes least.
    for (remedy, _, failed) in unsure.enumerated().sorted(by: {
      ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset)
    }).map(\.element) {
      if let outcome = try known.first(where: { $0.remedy == remedy }) ?? trial.run(remedy), outcome.verdict.trains == true {
        return sentence(outcome, failed: failed)
      }
    }
    if run.verdict?.trains == nil { return nil }
    if let first = open.first {
      return
        "\(advice(first)) Whether plain SGD learns with it is not known: networks like it sometimes train and sometimes "
        + "do not. Train it for a few hundred steps to find out."
    }
    let tried = failed.isEmpty ? "" : " (\(failed.joined(separator: ", ")), with and without normalization and skips)"
    return """
      None of the remedies that were tried\(tried) is expected to make plain SGD learn. Use fewer layers, or mend what the \
      findings name.
      """
  }

  /// Of the report's initializers that surely train, the one that theory suggests, or else the one whose signal and gradient
  /// keep their size best; nil where there is none.
  private func best(of known: [RemedyTrial.Outcome], _ candidates: [Remedy]) -> RemedyTrial.Outcome? {
    let sure = known.filter { $0.isSure && $0.remedy.initializer.entry.origin != .file }
    if let suggested = candidates.first(where: { remedy in sure.contains { $0.remedy == remedy } }) {
      return sure.first { $0.remedy == suggested }
    }
    func change(_ outcome: RemedyTrial.Outcome) -> Double {
      let (forward, backward) = (outcome.run.forwardGrowth, outcome.run.backwardGrowth)
      return (forward?.log10.magnitude ?? 0) + (backward?.log10.magnitude ?? 0)
    }
    return sure.enumerated().min { (change($0.element), $0.offset) < (change($1.element), $1.offset) }?.element
  }

  /// What to change, in one sentence; `tried` follows where it is more than an initializer.
  private func advice(_ remedy: Remedy, tried: String = "") -> String {
    let initializer = remedy.initializer.description
    return switch remedy.change {
    case .none: "Use \(initializer)."
    case .replacingNamedWeights: "Use \(initializer) in place of the initializers that the network file names."
    case .gainsOfOne:
      "Let the gains of \(NetworkChange.stuckGains(network).joined(separator: ", ")) start from ones, with \(initializer)."
    case .drawnBiases:
      "Use \(initializer), and draw the hidden layers' biases from \(Remedy.bias(for: network)?.description ?? "")."
    case .zeroBiases: "Use \(initializer) and zero biases."
    case .layerNorm: "Add layer normalization before each activation, with \(initializer).\(tried)"
    case .layerNormAndSkips:
      "Add layer normalization before each activation and a skip around each layer, with \(initializer).\(tried)"
    case .skips: "Add a skip around each layer, with \(initializer).\(tried)"
    case .tanh: "Use tanh in place of the activation, with \(initializer).\(tried)"
    }
  }

  private func sentence(_ outcome: RemedyTrial.Outcome, failed: [String]) -> String {
    let tried =
      failed.isEmpty
      ? promise == .none ? " By theory no initializer alone is enough at this depth." : ""
      : " No initializer alone was enough (tried: \(failed.joined(separator: ", ")))."
    let advice = advice(outcome.remedy, tried: tried)
    let rate = outcome.verdict.learningRate.map { " at a learning rate of about \(shortNumber($0, digits: 1))" } ?? ""
    let sureness = outcome.verdict.confidence.map { " (\(TableNumber.percent($0)) sure)" } ?? ""
    // Its figures stand in the report.
    if outcome.isOfReport { return "\(advice) In this audit plain SGD is expected to learn with it\(rate)\(sureness)." }
    var seen: [String] = []
    if let forward = outcome.run.forwardGrowth {
      seen.append("activations change by x\(Self.factor(forward.log10)) per layer")
    }
    if let backward = outcome.run.backwardGrowth { seen.append("gradients by x\(Self.factor(backward.log10))") }
    let measured = seen.isEmpty ? "" : seen.joined(separator: ", ") + ", and "
    return "\(advice) In a second audit, \(measured)plain SGD is expected to learn\(rate)\(sureness)."
  }

  private static func factor(_ log10: Double) -> String { shortNumber(pow(10, log10), digits: 3) }
}

extension RemedyTrial.Outcome {
  /// Whether it ends the search.
  fileprivate var isSure: Bool { verdict.trains == true && verdict.confidence ?? 0 >= Recommendation.enough }
}
