import NetworkGraph
import SignalPropagation
import TrainingRuns

/// Tries remedies, each once for all runs of a report: a glance at one drawing of the weights passes over those that fail,
/// the verdict's readings choose, and an audit measures the one that is recommended.
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

  /// Samples of a remedy's audit, as a share of the report's own and within these: its growth needs no more.
  private static let batches = 16...64

  let maker: VerdictMaker
  private var promises: [Remedy: Double] = [:]
  private var glances: [Remedy: TangentReading] = [:]
  private var readings: [Remedy: TangentReading] = [:]
  private var outcomes: [Remedy: Outcome?] = [:]

  init(_ maker: VerdictMaker) { self.maker = maker }

  // MARK: Promise

  /// Whether the remedy changes something, and its initializer fits the network then.
  func fits(_ remedy: Remedy) -> Bool {
    remedy.applied(to: maker.configuration.network).map { maker.fits(remedy.initializer, $0) } ?? false
  }

  /// How many remedies are read at a time, one on each thread.
  var breadth: Int { max(1, maker.configuration.threads) }

  /// How probable it is that the network trains with each remedy, by a glance at one drawing of the weights: enough to pass
  /// over those that fail, not to recommend one.
  ///
  /// - Throws: As `TangentProbe` does.
  func promises(of remedies: [Remedy]) throws -> [Double] {
    let unknown = remedies.filter { promises[$0] == nil }.compactMap { remedy in
      remedy.applied(to: maker.configuration.network).map { (remedy: remedy, network: $0) }
    }
    let readings = try maker.glances(unknown.map { ($0.remedy.initializer, $0.network) })
    for (remedy, reading) in zip(unknown.map(\.remedy), readings) {
      glances[remedy] = reading
      promises[remedy] = reading.map(maker.probability) ?? 0
    }
    return remedies.map { promises[$0] ?? 0 }
  }

  /// Whether a glance shows a network that nobody can judge, unlike all that were trained: its promise says nothing then.
  func isUnknownAtAGlance(_ remedy: Remedy) -> Bool {
    guard let glance = glances[remedy], VerdictMaker.impediment([], glance) == nil else { return false }
    return !TrainabilityModel.predict(glance).isInEvidence
  }

  // MARK: Verdict

  /// How sure the verdict's own readings are that the network trains with the remedy; nil where they are not.
  ///
  /// - Throws: As `TangentProbe` does.
  func sureness(of remedy: Remedy) throws -> Double? {
    guard let network = remedy.applied(to: maker.configuration.network) else { return nil }
    if readings[remedy] == nil {
      readings[remedy] = try maker.readings(
        [remedy.initializer], network: network, given: GivenTensors(), after: glances[remedy]
      ).readings[0]
    }
    guard let reading = readings[remedy], TrainabilityModel.predict(reading).trains == true else { return nil }
    return maker.probability(reading)
  }

  /// Whether the verdict's own readings leave open whether the network trains with the remedy; false before they are taken.
  func isOpen(_ remedy: Remedy) -> Bool {
    guard let reading = readings[remedy] else { return false }
    return VerdictMaker.impediment([], reading) == nil && TrainabilityModel.predict(reading).trains == nil
  }

  // MARK: Audit

  /// Audits a remedy; nil where it does not fit the network.
  ///
  /// - Throws: As an audit does.
  func run(_ remedy: Remedy) throws -> Outcome? {
    if let known = outcomes[remedy] { return known }
    let outcome = try audit(remedy)
    outcomes[remedy] = .some(outcome)
    return outcome
  }

  /// Where the tangent kernel is not known yet, it is measured beside the audit: neither alone keeps all threads busy. Under
  /// a limit of memory it is measured before, since each counts what the process holds when it starts.
  private func audit(_ remedy: Remedy) throws -> Outcome? {
    guard let network = remedy.applied(to: maker.configuration.network) else { return nil }
    var configuration = maker.configuration
    configuration.network = network
    configuration.initializers = [remedy.initializer]
    configuration.given = GivenTensors()
    configuration.replicas = VerdictMaker.replicas
    let quarter = min(Self.batches.upperBound, max(Self.batches.lowerBound, configuration.batch / 4))
    configuration.batch = min(configuration.batch, quarter)
    configuration.histograms = false
    configuration.tap = nil
    func examined() throws -> InitializerRun { Diagnosis(of: configuration).examine(try Audit(configuration).run()).runs[0] }
    do {
      let run: InitializerRun
      if configuration.memoryLimit != nil, readings[remedy] == nil {
        readings[remedy] = try maker.readings(
          [remedy.initializer], network: network, given: GivenTensors(), after: glances[remedy]
        ).readings[0]
      }
      if readings[remedy] != nil || configuration.memoryLimit != nil {
        run = try examined()
      } else {
        let measured = try maker.readings(
          [remedy.initializer], network: network, given: GivenTensors(), after: glances[remedy], meanwhile: examined)
        (readings[remedy], run) = (measured.readings[0], measured.own)
      }
      return maker.verdict(of: run, readings[remedy], network: network).map {
        Outcome(remedy: remedy, run: run, verdict: $0)
      }
    } catch is SpecificationError {
      // An initializer that does not fit the network is no remedy for it.
      return nil
    }
  }
}
