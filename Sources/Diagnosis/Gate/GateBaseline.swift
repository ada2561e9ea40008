import Glibc
import NetworkGraph
import SampleStatistics
import SignalPropagation

/// What differs between two audits beyond chance.
enum GateBaseline {
  struct Changes {
    var comparisons: [GateComparison] = []
    var violations: [GateViolation] = []
    var notes: [String] = []
  }

  /// Layers by name and place, log10 of every tensor's second moment, findings and verdict of one run against the baseline's
  /// run of the same initializer.
  ///
  /// Two means differ where their distance exceeds Student's quantile times `sqrt(se1^2 + se2^2)`, with the degrees of
  /// freedom of Welch (1947); a standard error is what the interval was made from, or theory's where that is larger or the
  /// only one.
  ///
  /// - Throws: `GateError` where the baseline has no run of the initializer.
  static func changes(
    of run: InitializerRun, _ report: AuditReport, from baseline: AuditReport, network: Network
  ) throws(GateError) -> Changes {
    guard let before = baseline.runs.first(where: { $0.initializer == run.initializer }) else {
      let names = baseline.runs.map(\.initializer).joined(separator: ", ")
      throw GateError(
        message: "the baseline has no run of \(run.initializer)",
        hint: "It has \(names): choose one with --init, or save a new baseline")
    }
    var changes = Changes()
    changes.violations = layers(run.layers.map(\.name), before.layers.map(\.name))
    let earlier = Dictionary(before.layers.map { ($0.name, $0) }) { first, _ in first }
    var unjudged = 0
    for layer in run.layers {
      guard let old = earlier[layer.name] else { continue }
      if layer.kind != old.kind || layer.units != old.units {
        changes.violations.append(
          change(
            layer.name, "layer",
            "layer \(layer.name) was a \(old.kind) of \(old.units) units and is a \(layer.kind) of "
              + "\(layer.units)"))
      }
      for tensor in GateTensor.allCases where tensor != .weights {
        guard let now = tensor.signal(of: layer), let then = tensor.signal(of: old) else { continue }
        compare(now, report.seeds, then, baseline.seeds, tensor, layer, &changes, &unjudged)
      }
    }
    if unjudged > 0 {
      changes.notes.append("\(unjudged) second moments not compared with the baseline: \(GateReading.oneReplica)")
    }
    if report.input.source != baseline.input.source || report.input.batch != baseline.input.batch {
      changes.notes.append(
        "the baseline's input was \(baseline.input.source), batch \(baseline.input.batch); this one is "
          + "\(report.input.source), batch \(report.input.batch)")
    }
    changes.violations += findings(run, before)
    if let now = run.verdict, let then = before.verdict, now.status.rank < then.status.rank {
      changes.violations.append(
        change(nil, "verdict", "the verdict was \(then.status.rawValue) and is \(now.status.rawValue): \(now.summary)"))
    }
    return changes
  }

  private static func compare(
    _ now: SignalSummary, _ seeds: Int, _ then: SignalSummary, _ earlierSeeds: Int, _ tensor: GateTensor,
    _ layer: LayerResult,
    _ changes: inout Changes, _ unjudged: inout Int
  ) {
    let subject = "secondMoment of \(tensor.rawValue)"
    if (now.nonFinite > 0) != (then.nonFinite > 0) {
      if now.nonFinite > 0 {
        changes.violations.append(
          change(
            layer.name, subject,
            "layer \(layer.name): \(tensor.rawValue) were finite and have \(now.nonFinite) values that are not"))
      }
      return
    }
    guard let a = now.log10SecondMoment, let b = then.log10SecondMoment else {
      if now.log10SecondMoment == nil, then.log10SecondMoment != nil, now.nonFinite == 0 {
        changes.violations.append(
          change(layer.name, subject, "layer \(layer.name): \(tensor.rawValue) had a signal and have none"))
      }
      return
    }
    guard let first = error(now, seeds), let second = error(then, earlierSeeds) else {
      unjudged += 1
      return
    }
    let (u, v) = (first.error * first.error, second.error * second.error)
    // Welch: an error that theory knows adds no uncertainty of its own.
    let spread = (first.known ? 0 : u * u / Double(seeds - 1)) + (second.known ? 0 : v * v / Double(earlierSeeds - 1))
    let reading = GateReading(
      value: a, standardError: (u + v).squareRoot(),
      degreesOfFreedom: spread > 0 ? (u + v) * (u + v) / spread : nil)
    // Float's rounding may differ between machines and thread counts; each product sums fanIn roundings of random sign.
    let rounding = 2 * Double(layer.index) * 0x1p-23 * Double(layer.fanIn ?? 1).squareRoot() / log(10)
    var comparison = GateComparison(
      layer: layer.name, subject: subject, boundName: "baseline", quantity: .secondMoment, low: b - rounding,
      high: b + rounding,
      reading: reading)
    comparison.kind = .baseline
    changes.comparisons.append(comparison)
  }

  private static func error(_ signal: SignalSummary, _ seeds: Int) -> (error: Double, known: Bool)? {
    let measured = GateReader.standardError(signal.interval, replicas: seeds)
    if let known = signal.theoryStandardError { return (max(known, measured ?? 0), true) }
    return measured.map { ($0, false) }
  }

  /// Layers that came, went, or bear another name in the same place of a list of the same length.
  private static func layers(_ now: [String], _ then: [String]) -> [GateViolation] {
    let added = now.filter { !then.contains($0) }, removed = then.filter { !now.contains($0) }
    if now.count == then.count, added.count == removed.count {
      return zip(then, now).filter { $0 != $1 && removed.contains($0) && added.contains($1) }.map {
        change($1, "layer", "layer \($0) is now called \($1)")
      }
    }
    return added.map { change($0, "layer", "layer \($0) is new") }
      + removed.map { change($0, "layer", "layer \($0) is gone") }
  }

  /// Findings of rules that found nothing before, or found it less bad.
  private static func findings(_ run: InitializerRun, _ before: InitializerRun) -> [GateViolation] {
    let ranks = Finding.Severity.allCases
    func rank(_ finding: Finding) -> Int { ranks.firstIndex(of: finding.severity) ?? 0 }
    return run.findings.compactMap { finding in
      let earlier = before.findings.filter { $0.rule == finding.rule }.map(rank).min()
      guard finding.severity != .note || earlier != nil, rank(finding) < earlier ?? .max else { return nil }
      let layer = finding.layers.first.flatMap { index in run.layers.first { $0.index == index }?.name }
      return change(
        layer, finding.rule, "\(earlier == nil ? "new" : "worse"): \(finding.severity.rawValue): \(finding.message)")
    }
  }

  private static func change(_ layer: String?, _ subject: String, _ message: String) -> GateViolation {
    GateViolation(kind: .baseline, layer: layer, subject: subject, message: message)
  }
}
