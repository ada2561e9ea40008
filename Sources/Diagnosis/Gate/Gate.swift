import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Compares an audit with bounds, and with an earlier audit.
///
///     let gate = Gate(.automatic, configuration: audit.configuration)
///     let result = try gate.evaluate(audit.diagnose())
///     for violation in result.violations { print(violation.message) }
///
/// A bound is violated only where the measured quantity's interval lies outside of it altogether: with n comparisons and a
/// false-alarm rate p, intervals of confidence 1 - p/n (Bonferroni), so that a network whose true values keep every bound
/// fails with a probability of at most p. Rules have false-alarm rates of their own, and a verdict is no test.
public struct Gate: Sendable {
  public let bounds: GateBounds
  private let configuration: AuditConfiguration

  /// Prepares the comparison.
  ///
  /// - Parameters:
  ///   - bounds: What the audit must keep.
  ///   - configuration: What was audited.
  public init(_ bounds: GateBounds, configuration: AuditConfiguration) {
    self.bounds = bounds
    self.configuration = configuration
  }

  /// Compares a report with the bounds.
  ///
  /// - Parameters:
  ///   - report: The audit, with its findings.
  ///   - baseline: An earlier audit from which nothing may differ beyond chance.
  /// - Returns: The violations of each run, causes first: see `GateResult.Run`.
  ///
  /// - Throws: `GateError` where bounds name a layer or rule that does not exist, or the baseline is of other initializers.
  public func evaluate(_ report: AuditReport, baseline: AuditReport? = nil) throws(GateError) -> GateResult {
    try bounds.check(configuration.network)
    precondition(
      report.runs.count == configuration.initializers.count,
      "the report has \(report.runs.count) runs, the configuration "
        + "\(configuration.initializers.count) initializers")
    var drafts: [Draft] = []
    for (index, run) in report.runs.enumerated() { drafts.append(draft(run, report, configuration.initializers[index])) }
    if let baseline {
      for index in drafts.indices {
        let context = self.context(report, configuration.initializers[index])
        let comparison = try GateBaseline(of: report.runs[index], report, from: baseline, context)
        let changes = comparison.changes()
        drafts[index].before = comparison.before
        drafts[index].comparisons += changes.comparisons
        drafts[index].violations += changes.violations
        drafts[index].notes += changes.notes
      }
    }
    let comparisons = drafts.flatMap(\.comparisons)
    let rate = bounds.sharedRate(among: comparisons.count)
    var result = GateResult(
      network: report.network.name, falseAlarmRate: bounds.falseAlarmRate, comparisons: comparisons.count,
      seeds: report.seeds,
      seed: report.seed,
      runs: zip(report.runs, drafts).map { run, draft in
        let found = draft.violations + draft.comparisons.compactMap { $0.violation(rate: rate) }
        let sorted = GateCauses(configuration.network, before: draft.before).sorted(found)
        return GateResult.Run(
          initializer: run.initializer, layers: run.layers.map(\.name), violations: sorted.violations,
          notes: draft.notes + sorted.notes, verdict: run.verdict)
      })
    for comparison in comparisons { result.yardsticks[comparison.yardstick, default: 0] += 1 }
    return result
  }

  /// The comparisons of one run, before their total number is known.
  private struct Draft {
    var comparisons: [GateComparison] = []
    var violations: [GateViolation] = []
    var notes: [String] = []
    /// The baseline's run, where there is a baseline.
    var before: InitializerRun?
    /// What was not judged, by its reason, in the order of the first.
    var absences: [(reason: String, titles: [String], layers: [String])] = []

    mutating func add(_ absence: GateReading.Absence, _ bound: GateBound, layer: String?) {
      let title = bound.quantity.words(of: bound.tensor)
      if absence.isFailure {
        let place = layer.map { "layer \($0): " } ?? ""
        var violation = GateViolation(
          kind: .nonFinite, layer: layer, subject: "\(bound.quantity.rawValue) of \(bound.tensor.rawValue)",
          message: "\(place)\(title): \(absence.reason)")
        violation.title = title
        violation.predicate = "\(title): values that are not finite"
        violation.tensor = bound.tensor
        violations.append(violation)
        return
      }
      let index = absences.firstIndex { $0.reason == absence.reason } ?? absences.count
      if index == absences.count { absences.append((absence.reason, [], [])) }
      if !absences[index].titles.contains(title) { absences[index].titles.append(title) }
      if let layer, !absences[index].layers.contains(layer) { absences[index].layers.append(layer) }
    }
  }

  private func draft(_ run: InitializerRun, _ report: AuditReport, _ initializer: Initializer) -> Draft {
    let context = context(report, initializer)
    let theory = GateTheory(run, context, given: context.given)
    let reader = GateReader(run: run, replicas: report.seeds, usesTheory: !context.given.hasParameters)
    var draft = Draft()
    for bound in bounds.bounds {
      if bound.quantity == .growthPerLayer {
        do throws(GateReading.Absence) {
          draft.comparisons.append(try growth(bound, theory, reader))
        } catch {
          draft.add(error, bound, layer: nil)
        }
        continue
      }
      for index in bound.layers.indices(in: run.layers.map(\.name), output: run.outputIndex) {
        let layer = run.layers[index]
        // A pattern means those of its layers that have the tensor; a name means that one layer.
        let isLacking = bound.tensor == .weights ? layer.weights == nil : bound.tensor.signal(of: layer) == nil
        if isLacking, !bound.layers.isOne { continue }
        do throws(GateReading.Absence) {
          guard let comparison = try comparison(bound, layer, theory, reader) else { continue }
          draft.comparisons.append(comparison)
        } catch {
          draft.add(error, bound, layer: layer.name)
        }
        // A written range is about the layer's first weights. Declared laws are known for all weights.
        guard bound.tensor == .weights, bound.limit == .automatic else { continue }
        for tensor in theory.otherWeights(of: layer) {
          do throws(GateReading.Absence) {
            guard let band = try theory.band(bound.quantity, tensor) else { continue }
            var comparison = GateComparison(bound, layer: layer.name, low: band.low, high: band.high, reading: band.reading)
            comparison.subject += " (tensor \(tensor.tensor.name))"
            comparison.title += " (tensor \(tensor.tensor.name))"
            draft.comparisons.append(comparison)
          } catch {
            draft.add(error, bound, layer: tensor.title)
          }
        }
      }
    }
    let places = Dictionary(run.layers.enumerated().map { ($1.name, $0) }) { first, _ in first }
    for index in draft.absences.indices {
      draft.absences[index].layers.sort { (places[$0] ?? .max, $0) < (places[$1] ?? .max, $1) }
    }
    draft.notes = draft.absences.map { absence in
      let text = "\(Self.titles(absence.titles)) not checked: \(absence.reason)"
      return switch absence.layers.count {
      case 0, run.layers.count: text
      case 1: "layer \(absence.layers[0]): \(text)"
      case 2...Self.mostNamedLayers: "layers \(absence.layers.joined(separator: ", ")): \(text)"
      default: "\(absence.layers.count) layers from \(absence.layers[0]) on: \(text)"
      }
    }
    draft.violations += findings(run)
    if bounds.judgesVerdict, let verdict = run.verdict, verdict.trains == false {
      let sureness = verdict.confidence.map { " (\(TableNumber.percent($0)) sure)" } ?? ""
      draft.violations.append(
        GateViolation(
          kind: .verdict, layer: nil, subject: verdict.status.rawValue,
          message: "verdict: does not train\(sureness). \(verdict.summary)"))
    }
    return draft
  }

  /// Layers that a note names.
  private static let mostNamedLayers = 6

  /// What was not checked, in few words where it is nearly everything that is measured of a signal.
  private static func titles(_ titles: [String]) -> String {
    let sizes = [GateQuantity.secondMoment, .growthPerLayer].map { "\($0.words) of " }
    let areSizes = titles.allSatisfy { title in sizes.contains { title.hasPrefix($0) } }
    guard titles.count > 2, areSizes else { return titles.joined(separator: ", ") }
    let ofGradients = titles.count { $0.contains("gradients") }
    return ofGradients == 0
      ? "sizes of signals" : ofGradients == titles.count ? "sizes of gradients" : "sizes of signals and gradients"
  }

  private func context(_ report: AuditReport, _ initializer: Initializer) -> RuleContext {
    guard let assignment = try? InitializerAssignment(initializer: initializer, network: configuration.network) else {
      preconditionFailure("\(initializer) does not fit the network \(configuration.network.name)")
    }
    return RuleContext(
      network: configuration.network, assignment: assignment, input: report.input, replicas: report.seeds,
      backward: configuration.backward, given: configuration.given(to: initializer))
  }

  private func growth(
    _ bound: GateBound, _ theory: GateTheory, _ reader: GateReader
  ) throws(GateReading.Absence) -> GateComparison {
    switch bound.limit {
    case .range(let low, let high):
      return GateComparison(bound, layer: nil, low: low, high: high, reading: try reader.growth(bound.tensor))
    case .automatic:
      let band = try theory.growth(bound.tensor)
      return GateComparison(bound, layer: nil, low: band.low, high: band.high, reading: band.reading)
    }
  }

  private func comparison(
    _ bound: GateBound, _ layer: LayerResult, _ theory: GateTheory, _ reader: GateReader
  ) throws(GateReading.Absence) -> GateComparison? {
    switch bound.limit {
    case .range(let low, let high):
      return GateComparison(
        bound, layer: layer.name, low: bound.quantity.scaled(low), high: bound.quantity.scaled(high),
        reading: try reader.reading(bound.quantity, bound.tensor, layer))
    case .automatic:
      guard let band = try theory.band(bound.quantity, bound.tensor, layer) else { return nil }
      return GateComparison(bound, layer: layer.name, low: band.low, high: band.high, reading: band.reading)
    }
  }

  private func findings(_ run: InitializerRun) -> [GateViolation] {
    let ranks = Finding.Severity.allCases
    return run.findings.compactMap { finding in
      guard let threshold = bounds.threshold(of: finding.rule), let limit = ranks.firstIndex(of: threshold),
        let rank = ranks.firstIndex(of: finding.severity), rank <= limit
      else { return nil }
      let layer = finding.layers.first.flatMap { index in run.layers.first { $0.index == index }?.name }
      return GateViolation(
        kind: .finding, layer: layer, subject: finding.rule, excess: Double(ranks.count - rank),
        message: "\(finding.severity.rawValue): \(finding.message)")
    }
  }
}

extension GateLayers {
  /// Whether a single layer is meant, by its name.
  var isOne: Bool { if case .named(let pattern) = self { pattern.isLiteral } else { false } }
}
