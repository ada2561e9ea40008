import NetworkGraph
import SignalPropagation

/// Audits remedies, each once for all runs of a report, so that every recommendation was measured.
final class RemedyTrial {
  /// What an audit of a remedy found.
  struct Outcome {
    var remedy: Remedy
    var run: InitializerRun
    var verdict: Verdict
    /// Whether the report's own audit found it.
    var isOfReport = false

    init(remedy: Remedy, run: InitializerRun, verdict: Verdict) {
      self.remedy = remedy
      self.run = run
      self.verdict = verdict
    }

    /// A run of the report as a remedy for its others; nil without a verdict.
    init?(_ initializer: Initializer, _ run: InitializerRun) {
      guard let verdict = run.verdict else { return nil }
      self.init(remedy: Remedy(initializer: initializer, change: .none), run: run, verdict: verdict)
      isOfReport = true
    }
  }

  /// Samples of a remedy's audit: its growth and its findings need no more.
  private static let batch = 64

  let maker: VerdictMaker
  private var outcomes: [Remedy: Outcome?] = [:]

  init(_ maker: VerdictMaker) { self.maker = maker }

  /// Audits a remedy; nil where it does not fit the network, or is not expected to train.
  ///
  /// - Throws: As an audit does.
  func run(_ remedy: Remedy) throws -> Outcome? {
    if let known = outcomes[remedy] { return known }
    let outcome = try audit(remedy)
    outcomes[remedy] = .some(outcome)
    return outcome
  }

  private func audit(_ remedy: Remedy) throws -> Outcome? {
    guard let network = remedy.applied(to: maker.configuration.network) else { return nil }
    do {
      guard let reading = try maker.readings([remedy.initializer], network: network, given: GivenTensors()).readings[0]
      else {
        return nil
      }
      guard TrainabilityModel.predict(reading).trains == true else { return nil }
      var configuration = maker.configuration
      configuration.network = network
      configuration.initializers = [remedy.initializer]
      configuration.given = GivenTensors()
      configuration.replicas = VerdictMaker.replicas
      configuration.batch = min(configuration.batch, Self.batch)
      configuration.histograms = false
      configuration.tap = nil
      let run = Diagnosis(of: configuration).examine(try Audit(configuration).run()).runs[0]
      return maker.verdict(of: run, reading).map { Outcome(remedy: remedy, run: run, verdict: $0) }
    } catch is SpecificationError {
      // An initializer that does not fit the network is no remedy for it.
      return nil
    }
  }
}
