import NetworkGraph
import SampleStatistics
import SignalPropagation

/// What differs between two audits: first what the network is, then its parameters, then its signals.
///
/// A layer that came, went or is another, and parameters that are drawn otherwise, are causes. The size of signals, findings
/// and the verdict follow from them, which `GateCauses` sorts out.
struct GateBaseline {
  struct Changes {
    var comparisons: [GateComparison] = []
    var violations: [GateViolation] = []
    var notes: [String] = []
  }

  let run: InitializerRun
  let report: AuditReport
  /// The baseline's run.
  let before: InitializerRun
  let baseline: AuditReport
  let context: RuleContext
  let alignment: LayerAlignment
  private let activations: [String: String]
  private let earlierActivations: [String: String]
  private let nowInputs: [String: [String]]
  private let thenInputs: [String: [String]]
  /// The baseline's name of each layer that it has, by the present one.
  private let counterparts: [String: String]
  /// Names of the baseline's layers that are not gone.
  private let kept: Set<String>

  /// - Throws: `GateError` where the baseline has no run of the initializer.
  init(
    of run: InitializerRun, _ report: AuditReport, from baseline: AuditReport, _ context: RuleContext
  ) throws(GateError) {
    self.run = run
    self.report = report
    self.baseline = baseline
    self.context = context
    before = try Self.counterpart(of: run, in: baseline, context)
    func activations(_ report: AuditReport) -> [String: String] {
      Dictionary(report.network.layers.map { ($0.name, $0.activation) }) { first, _ in first }
    }
    self.activations = activations(report)
    earlierActivations = activations(baseline)
    let (now, then) = (self.activations, earlierActivations)
    let alignment = LayerAlignment(
      Self.layers(of: run, now, report), Self.layers(of: before, then, baseline))
    func inputs(_ report: AuditReport) -> [String: [String]] {
      Dictionary(report.network.layers.map { ($0.name, $0.inputs) }) { first, _ in first }
    }
    nowInputs = inputs(report)
    thenInputs = inputs(baseline)
    let earlier = before.layers.map(\.name)
    var counterparts: [String: String] = [:]
    for (place, layer) in run.layers.enumerated() { counterparts[layer.name] = alignment.before[place].map { earlier[$0] } }
    self.counterparts = counterparts
    kept = Set(counterparts.values)
    self.alignment = alignment
  }

  /// What layers are told by.
  private static func layers(
    of run: InitializerRun, _ activations: [String: String], _ report: AuditReport
  ) -> [LayerAlignment.Layer] {
    let readers = Self.readers(report)
    var initializers: [String: String] = [:]
    for parameter in run.parameters where parameter.role == .weight && initializers[parameter.layer] == nil {
      initializers[parameter.layer] = parameter.initializer
    }
    return run.layers.map { layer in
      LayerAlignment.Layer(
        name: layer.name, kind: layer.kind, units: layer.units, activation: activations[layer.name],
        initializer: initializers[layer.name], readers: readers[layer.name] ?? 0)
    }
  }

  /// How many layers take each one's output.
  private static func readers(_ report: AuditReport) -> [String: Int] {
    var readers: [String: Int] = [:]
    for layer in report.network.layers { for input in Set(layer.inputs) { readers[input, default: 0] += 1 } }
    return readers
  }

  /// The baseline's run of the same initializer. Where all weights name their own, the names of the runs list those, and
  /// change with any of them: there a baseline of one run is meant.
  private static func counterpart(
    of run: InitializerRun, in baseline: AuditReport, _ context: RuleContext
  ) throws(GateError) -> InitializerRun {
    if let same = baseline.runs.first(where: { $0.initializer == run.initializer }) { return same }
    if baseline.runs.count == 1, let only = baseline.runs.first {
      // A list of schemes is no specification.
      let isList = (try? Initializer(parsing: only.initializer)) == nil
      if isList || !context.network.takes(context.assignment.initializer) { return only }
    }
    let names = baseline.runs.map(\.initializer).joined(separator: ", ")
    throw GateError(
      message: "the baseline has no run of \(run.initializer)",
      hint: "It has \(names): choose one with --init, or save a new baseline")
  }

  func changes() -> Changes {
    var changes = Changes()
    changes.violations = structure()
    compareParameters(&changes)
    compareSignals(&changes)
    compareInput(&changes)
    changes.violations += findings()
    if let now = run.verdict, let then = before.verdict, now.status.rank < then.status.rank {
      changes.violations.append(
        Self.difference(
          nil, "verdict", "the verdict was \(then.status.rawValue) and is \(now.status.rawValue): \(now.summary)"))
    }
    return changes
  }

  /// The baseline's layer for the layer at a place; nil for a new one.
  func earlier(_ place: Int) -> LayerResult? { alignment.before[place].map { before.layers[$0] } }

  // MARK: What the network is

  private func structure() -> [GateViolation] {
    var found: [GateViolation] = []
    var told = 0
    let readers = Self.readers(report)
    for (place, layer) in run.layers.enumerated() {
      guard let old = earlier(place) else {
        guard place >= told else { continue }
        let block = Self.block(around: place, run.layers, activations, nowInputs, readers)
        told = block.upperBound
        let added = block.filter { alignment.before[$0] == nil }
        let behind = (block.upperBound..<run.layers.count).map { ($0, alignment.before[$0]) }
        // Where later layers keep their numbers, the name tells which one is new.
        if added.count < block.count, areRenumbered(behind) {
          found.append(addition(added, block))
        } else {
          for place in added { found.append(addition(of: place)) }
        }
        continue
      }
      found += structure(layer, old, place)
    }
    return found + removals()
  }

  private func addition(of place: Int) -> GateViolation {
    let layer = run.layers[place], behind = place == 0 ? "the input" : run.layers[place - 1].name
    return Self.cause(
      layer.name, "layer", "layer \(layer.name) (\(Self.text(layer))) is new, behind \(behind)",
      changed: "the new layer \(layer.name)", predicate: "new (\(Self.text(layer)))")
  }

  /// Some layers more in a block of layers that are alike: which of them is new cannot be told.
  private func addition(_ added: [Int], _ block: Range<Int>) -> GateViolation {
    let layer = run.layers[added[0]], names = Self.names(run.layers, block), count = added.count
    let what = "of \(names) (\(Self.text(layer)))"
    return Self.cause(
      layer.name, "layer",
      count == 1
        ? "one \(what) is new; later layers are numbered one higher"
        : "\(count) \(what) are new; later layers are numbered \(count) higher",
      changed: count == 1 ? "the new layer among \(names)" : "the \(count) new layers among \(names)")
  }

  private func removals() -> [GateViolation] {
    var found: [GateViolation] = []
    let names = Set(run.layers.map(\.name)), readers = Self.readers(baseline)
    // Kept layers by their place in the baseline, to find what stood behind one that is gone.
    let kept = alignment.before.enumerated().compactMap { now, then in then.map { (then: $0, now: now) } }
      .sorted { $0.then < $1.then }
    let removed = Set(alignment.removed)
    var next = 0, told = 0
    for place in alignment.removed where place >= told {
      let block = Self.block(around: place, before.layers, earlierActivations, thenInputs, readers)
      let gone = block.filter(removed.contains)
      // What stood behind it is the first to feel it.
      while next < kept.count, kept[next].then < place { next += 1 }
      let anchor = next < kept.count ? kept[next].now : run.layers.count - 1
      let behind = kept.filter { $0.then >= block.upperBound }.map { ($0.now, Optional($0.then)) }
      if gone.count < block.count, areRenumbered(behind) {
        told = block.upperBound
        var violation = removal(gone.count, block)
        violation.anchor = anchor
        found.append(violation)
        continue
      }
      let old = before.layers[place]
      // A number that stood for it may stand for another layer now.
      let isFree = !names.contains(old.name)
      let name = isFree ? "layer \(old.name) (\(Self.text(old)))" : "the baseline's layer \(old.name) (\(Self.text(old)))"
      var violation = Self.cause(
        isFree ? old.name : nil, "layer", "\(name) is gone", changed: "the layer \(old.name) that is gone")
      violation.anchor = anchor
      found.append(violation)
    }
    return found
  }

  /// Some layers fewer in a block of layers that were alike: which of them is gone cannot be told.
  private func removal(_ count: Int, _ block: Range<Int>) -> GateViolation {
    let names = Self.names(before.layers, block)
    let what = "of the baseline's layers \(names) (\(Self.text(before.layers[block.lowerBound])))"
    return Self.cause(
      nil, "layer",
      count == 1
        ? "one \(what) is gone; later layers are numbered one lower"
        : "\(count) \(what) are gone; later layers are numbered \(count) lower",
      changed: count == 1
        ? "the layer among \(names) that is gone" : "the \(count) layers among \(names) that are gone")
  }

  /// Whether one of these layers, by its places now and in the baseline, has another number in its name.
  private func areRenumbered(_ places: [(Int, Int?)]) -> Bool {
    places.contains { now, then in
      guard let then else { return false }
      let (a, b) = (run.layers[now], before.layers[then])
      return a.name != b.name && Self.isNumbered(a) && Self.isNumbered(b)
    }
  }

  private static func isNumbered(_ layer: LayerResult) -> Bool {
    LayerAlignment.Layer(name: layer.name, kind: layer.kind, units: layer.units, activation: nil).isNumbered
  }

  /// The layers around a place that nothing but their place tells apart: of one kind, size and activation, none with a name
  /// that was chosen, each taking the output of the one before, which no other layer takes.
  private static func block(
    around place: Int, _ layers: [LayerResult], _ activations: [String: String], _ inputs: [String: [String]],
    _ readers: [String: Int]
  ) -> Range<Int> {
    func follows(_ next: Int) -> Bool {
      guard layers.indices.contains(next), layers.indices.contains(next - 1) else { return false }
      let (a, b) = (layers[next - 1], layers[next])
      return a.kind == b.kind && a.units == b.units && activations[a.name] == activations[b.name] && isNumbered(a)
        && isNumbered(b) && inputs[b.name] == [a.name] && readers[a.name] == 1
    }
    var (low, high) = (place, place + 1)
    while follows(low) { low -= 1 }
    while follows(high) { high += 1 }
    return low..<high
  }

  /// `dense_1 to dense_8`.
  private static func names(_ layers: [LayerResult], _ block: Range<Int>) -> String {
    layers[block.lowerBound].name + (block.count == 2 ? " and " : " to ") + layers[block.upperBound - 1].name
  }

  private func structure(_ layer: LayerResult, _ old: LayerResult, _ place: Int) -> [GateViolation] {
    var found: [GateViolation] = []
    let name = layer.name
    let isNumber = Self.isNumbered(layer) && Self.isNumbered(old)
    if name != old.name, !isNumber {
      found.append(Self.difference(name, "layer", "layer \(old.name) is now called \(name)"))
    }
    let changed = "the layer \(name)"
    if layer.kind != old.kind {
      found.append(
        Self.cause(name, "layer", "layer \(name) was \(Self.text(old)) and is \(Self.text(layer))", changed: changed))
    } else if layer.units != old.units {
      var violation = Self.cause(
        name, "layer", "layer \(name) has \(layer.units) units, the baseline's had \(old.units)", changed: changed,
        predicate: "\(layer.units) units, the baseline's had \(old.units)")
      // A layer without weights has as many units as arrive.
      violation.isDerived = layer.fanIn == nil
      found.append(violation)
    }
    if let now = activations[name], let then = earlierActivations[old.name], now != then {
      found.append(
        Self.cause(
          name, "activation", "layer \(name)'s activation is \(now), the baseline's was \(then)",
          changed: "the activation of \(name)", predicate: "activation is \(now), the baseline's was \(then)"))
    }
    if let fanIn = layer.fanIn, let then = old.fanIn, fanIn != then, layer.kind == old.kind {
      var message = "layer \(name) takes \(fanIn) inputs per unit, the baseline's took \(then)"
      if let a = layer.weights?.expectedVariance, let b = old.weights?.expectedVariance, a > 0, b > 0, a != b {
        message +=
          ": its initializer gives weights of variance \(GateNumber.text(a)), and gave \(GateNumber.text(b))"
      }
      var violation = Self.cause(
        name, "fanIn", message, changed: "the inputs of \(name)",
        predicate: "\(fanIn) inputs per unit, the baseline's took \(then)")
      violation.isDerived = true
      found.append(violation)
    } else if let violation = rewiring(layer, old) {
      found.append(violation)
    }
    return found
  }

  /// Whether the layer takes what other layers make than it did. A new layer in between, or one that is gone, is not
  /// counted.
  private func rewiring(_ layer: LayerResult, _ old: LayerResult) -> GateViolation? {
    guard let inputs = nowInputs[layer.name], let earlierInputs = thenInputs[old.name] else { return nil }
    let now = resolved(inputs, nowInputs) { name in counterparts[name] }
    let then = resolved(earlierInputs, thenInputs) { name in kept.contains(name) ? name : nil }
    guard now != then else { return nil }
    var violation = Self.cause(
      layer.name, "layer",
      "layer \(layer.name) takes \(inputs.joined(separator: ", ")), the baseline's took "
        + earlierInputs.joined(separator: ", "), changed: "the inputs of \(layer.name)")
    violation.isDerived = true
    return violation
  }

  /// The baseline's names of what arrives; nil stands for a layer that only one of the two has, and is followed to its own
  /// inputs.
  private func resolved(_ names: [String], _ inputs: [String: [String]], _ name: (String) -> String?) -> Set<String> {
    var found: Set<String> = [], seen: Set<String> = [], left = names
    while let next = left.popLast() {
      guard seen.insert(next).inserted else { continue }
      if next == Network.inputName {
        found.insert(next)
      } else if let kept = name(next) {
        found.insert(kept)
      } else {
        left += inputs[next] ?? []
      }
    }
    return found
  }

  private static func text(_ layer: LayerResult) -> String { "\(layer.kind), \(layer.units) units" }

  // MARK: Signals

  /// log10 of every tensor's second moment.
  ///
  /// Two means differ where their distance exceeds Student's quantile times `sqrt(se1^2 + se2^2)`, with the degrees of
  /// freedom of Welch (1947); a standard error is what the interval was made from, or theory's where that is larger or the
  /// only one.
  private func compareSignals(_ changes: inout Changes) {
    var unjudged = 0
    for (place, layer) in run.layers.enumerated() {
      guard let old = earlier(place) else { continue }
      for tensor in GateTensor.allCases where tensor != .weights {
        guard let now = tensor.signal(of: layer), let then = tensor.signal(of: old) else { continue }
        compare(now, then, tensor, layer, &changes, &unjudged)
      }
    }
    if unjudged > 0 {
      changes.notes.append("\(unjudged) mean squares not compared with the baseline: \(GateReading.oneReplica)")
    }
  }

  private func compare(
    _ now: SignalSummary, _ then: SignalSummary, _ tensor: GateTensor, _ layer: LayerResult, _ changes: inout Changes,
    _ unjudged: inout Int
  ) {
    let subject = "\(GateQuantity.secondMoment.rawValue) of \(tensor.rawValue)"
    func differs(_ what: String) {
      var violation = Self.difference(layer.name, subject, "layer \(layer.name): \(what)")
      violation.predicate = what
      violation.tensor = tensor
      violation.title = GateQuantity.secondMoment.words(of: tensor)
      changes.violations.append(violation)
    }
    if (now.nonFinite > 0) != (then.nonFinite > 0) {
      if now.nonFinite > 0 {
        differs("\(tensor.rawValue) are not finite, the baseline's were")
      }
      return
    }
    guard let a = now.log10SecondMoment, let b = then.log10SecondMoment else {
      if now.log10SecondMoment == nil, then.log10SecondMoment != nil, now.nonFinite == 0 {
        differs("\(tensor.rawValue) are zero, the baseline's were not")
      } else if now.log10SecondMoment != nil, then.log10SecondMoment == nil, then.nonFinite == 0 {
        differs("\(tensor.rawValue) are not zero, the baseline's were")
      }
      return
    }
    guard
      let reading = WelchReading.make(
        a, Self.error(now, report.seeds), report.seeds, Self.error(then, baseline.seeds), baseline.seeds)
    else {
      unjudged += 1
      return
    }
    // Float's rounding may differ between computers and thread counts. Each product sums fanIn roundings of random sign.
    let rounding = 2 * Double(layer.index) * 0x1p-23 * Double(layer.fanIn ?? 1).squareRoot() * 0.4342944819032518
    changes.comparisons.append(
      GateComparison(
        layer: layer.name, title: GateQuantity.secondMoment.words(of: tensor), quantity: .secondMoment, tensor: tensor,
        low: b - rounding, high: b + rounding, reading: reading))
  }

  private static func error(_ signal: SignalSummary, _ seeds: Int) -> WelchReading.StandardError? {
    let measured = GateReader.standardError(signal.interval, replicas: seeds)
    if let known = signal.theoryStandardError { return .init(value: max(known, measured ?? 0), isKnown: true) }
    return measured.map { .init(value: $0, isKnown: false) }
  }

  // MARK: Input, findings

  private func compareInput(_ changes: inout Changes) {
    let now = report.input, then = baseline.input
    var differences: [String] = []
    if now.source != then.source || now.scaling != then.scaling {
      differences.append("the input is \(now.source) (\(now.scaling)), the baseline's was \(then.source) (\(then.scaling))")
    }
    if now.backward != then.backward {
      differences.append("the backward pass starts from \(now.backward), the baseline's started from \(then.backward)")
    }
    if baseline.tool.version != report.tool.version, !baseline.tool.version.isEmpty {
      changes.notes.append(
        "the baseline was written by version \(baseline.tool.version) of initscope, this is \(report.tool.version)")
    }
    if now.batch != then.batch {
      changes.notes.append("the batch has \(now.batch) samples, the baseline's had \(then.batch)")
    }
    for (index, text) in differences.enumerated() {
      let isBackward = index == differences.count - 1 && now.backward != then.backward
      var violation = Self.cause(
        nil, "input", text, changed: isBackward ? "what the backward pass starts from" : "the other input")
      violation.anchor = isBackward ? run.layers.count : -1
      // It is no fault by itself: GateCauses makes a note of it where nothing follows.
      violation.isDerived = true
      changes.violations.append(violation)
    }
  }

  /// Findings of rules that found nothing before, or something less bad.
  private func findings() -> [GateViolation] {
    let ranks = Finding.Severity.allCases
    func rank(_ finding: Finding) -> Int { ranks.firstIndex(of: finding.severity) ?? 0 }
    return run.findings.compactMap { finding in
      let earlier = before.findings.filter { $0.rule == finding.rule }.map(rank).min()
      guard finding.severity != .note || earlier != nil, rank(finding) < earlier ?? .max else { return nil }
      let layer = finding.layers.first.flatMap { index in run.layers.first { $0.index == index }?.name }
      let what = earlier == nil ? "a finding that the baseline does not have" : "a finding that was less severe"
      return Self.difference(layer, finding.rule, "\(what): \(finding.severity.rawValue): \(finding.message)")
    }
  }

  // MARK: Violations

  static func cause(
    _ layer: String?, _ subject: String, _ message: String, changed: String, predicate: String? = nil
  ) -> GateViolation {
    var violation = difference(layer, subject, message)
    violation.role = .cause
    violation.changed = changed
    violation.predicate = predicate
    return violation
  }

  static func difference(_ layer: String?, _ subject: String, _ message: String) -> GateViolation {
    GateViolation(kind: .baseline, layer: layer, subject: subject, message: message)
  }
}

/// The distance of two means with the error of both.
enum WelchReading {
  struct StandardError {
    var value: Double
    /// Whether theory knows it: it adds no uncertainty of its own.
    var isKnown: Bool
  }

  /// Nil where an error is missing.
  static func make(
    _ value: Double, _ first: StandardError?, _ seeds: Int, _ second: StandardError?, _ earlierSeeds: Int
  ) -> GateReading? {
    guard let first, let second, first.value.isFinite, second.value.isFinite else { return nil }
    let (u, v) = (first.value * first.value, second.value * second.value)
    let spread =
      (first.isKnown ? 0 : u * u / Double(max(1, seeds - 1)))
      + (second.isKnown ? 0 : v * v / Double(max(1, earlierSeeds - 1)))
    return GateReading(
      value: value, standardError: (u + v).squareRoot(), degreesOfFreedom: spread > 0 ? (u + v) * (u + v) / spread : nil)
  }
}
