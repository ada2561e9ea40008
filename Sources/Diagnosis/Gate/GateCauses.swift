import NetworkGraph
import SignalPropagation

/// Tells causes from what follows of them.
///
/// A layer that is another, or parameters that are drawn otherwise, change every signal behind them, and every gradient
/// before them. A difference in activations or pre-activations follows from the nearest cause upstream; one in gradients
/// from the nearest downstream, or else upstream, since the derivatives depend on the forward signal. What no cause reaches
/// stands alone.
struct GateCauses {
  let network: Network
  /// The baseline's run; nil without a baseline, where only signals follow from weights beyond their bound.
  let before: InitializerRun?

  init(_ network: Network, before: InitializerRun?) {
    self.network = network
    self.before = before
  }

  /// What was changed, and where: -1 for the input, the number of nodes for what stands behind the output.
  private struct Cause {
    var place: Int
    var changed: String
  }

  /// The violations in the order in which they are told, with their roles; and notes of causes from which nothing follows.
  func sorted(_ violations: [GateViolation]) -> (violations: [GateViolation], notes: [String]) {
    var all = withoutRepeats(violations)
    var notes: [String] = []
    let places = Dictionary(network.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    func place(_ violation: GateViolation) -> Int? { violation.anchor ?? violation.layer.flatMap { places[$0] } }
    for index in all.indices where all[index].kind == .bound && all[index].tensor == .weights {
      guard let layer = all[index].layer else { continue }
      all[index].role = .cause
      all[index].changed = "the weights of \(layer)"
    }

    // What the input is, and where the backward pass starts, matter where something differs.
    let differs = all.contains { $0.kind == .baseline && $0.tensor != nil && $0.role != .cause }
    for index in all.indices.reversed() where all[index].subject == "input" && all[index].kind == .baseline {
      if !differs { notes.append(all.remove(at: index).message) } else { all[index].isDerived = false }
    }

    // Causes by place; derived ones are causes where nothing upstream explains them.
    var own: [Int: String] = [:]
    var derived: [Int: [Int]] = [:]
    for index in all.indices where all[index].role == .cause {
      guard let place = place(all[index]), let changed = all[index].changed else { continue }
      if all[index].isDerived {
        derived[place, default: []].append(index)
      } else if own[place] == nil {
        own[place] = changed
      }
    }
    let inputs = network.nodes.map { node in node.inputs.map { places[$0] ?? -1 } }
    var up: [Cause?] = Array(repeating: nil, count: inputs.count)
    for node in inputs.indices {
      let arriving = inputs[node].compactMap { $0 < 0 ? own[-1].map { Cause(place: -1, changed: $0) } : up[$0] }
      let nearest = arriving.max { $0.place < $1.place }
      for index in derived[node, default: []] {
        if let nearest {
          all[index].role = .consequence
          all[index].follows = nearest.changed
        } else if own[node] == nil {
          own[node] = all[index].changed
        }
      }
      up[node] = own[node].map { Cause(place: node, changed: $0) } ?? nearest
    }
    var behind: [Cause?] = Array(repeating: nil, count: inputs.count)
    if let last = inputs.indices.last { behind[last] = own[inputs.count].map { Cause(place: inputs.count, changed: $0) } }
    for node in inputs.indices.reversed() {
      guard let cause = own[node].map({ Cause(place: node, changed: $0) }) ?? behind[node] else { continue }
      for input in inputs[node] where input >= 0 && cause.place < behind[input]?.place ?? .max { behind[input] = cause }
    }

    let first = own.min { $0.key < $1.key }.map { Cause(place: $0.key, changed: $0.value) }
    for index in all.indices where all[index].role == nil && follows(all[index]) {
      guard let cause = cause(of: all[index], at: place(all[index]), up, behind, first) else { continue }
      all[index].role = .consequence
      all[index].follows = cause.changed
    }
    return (told(joined(all), place), notes)
  }

  /// One change of a repeated block is one cause: layers that follow one another, of which the same is said, share what
  /// changed, `the activation of dense_1 to dense_8`.
  private func joined(_ all: [GateViolation]) -> [GateViolation] {
    var ordinals: [String: (kind: String, place: Int)] = [:], counts: [String: Int] = [:]
    for node in network.nodes {
      ordinals[node.name] = (node.layer.kind, counts[node.layer.kind, default: 0])
      counts[node.layer.kind, default: 0] += 1
    }
    var blocks: [(predicate: String, kind: String, stem: String, layers: [String], last: Int)] = []
    for violation in all where violation.role == .cause {
      guard let predicate = violation.predicate, let layer = violation.layer, let changed = violation.changed,
        changed.hasSuffix(" " + layer), let (kind, ordinal) = ordinals[layer]
      else { continue }
      let stem = String(changed.dropLast(layer.count))
      let known = blocks.lastIndex { $0.predicate == predicate && $0.kind == kind && $0.stem == stem }
      if let known, blocks[known].last == ordinal - 1 {
        blocks[known].layers.append(layer)
        blocks[known].last = ordinal
      } else {
        blocks.append((predicate, kind, stem, [layer], ordinal))
      }
    }
    var names: [String: String] = [:]
    for block in blocks where block.layers.count > 1 {
      let stem = block.stem.hasSuffix("layer ") ? String(block.stem.dropLast()) + "s " : block.stem
      let joint = block.layers.count == 2 ? " and " : " to "
      let all = stem + block.layers[0] + joint + block.layers[block.layers.count - 1]
      for layer in block.layers { names[block.stem + layer] = all }
    }
    guard !names.isEmpty else { return all }
    return all.map { violation in
      var violation = violation
      violation.changed = violation.changed.map { names[$0] ?? $0 }
      violation.follows = violation.follows.map { names[$0] ?? $0 }
      return violation
    }
  }

  private func cause(
    of violation: GateViolation, at place: Int?, _ up: [Cause?], _ behind: [Cause?], _ first: Cause?
  ) -> Cause? {
    guard let place, up.indices.contains(place) else { return first }
    switch violation.tensor {
    case .gradients, .preactivationGradients: return behind[place] ?? up[place]
    case .weightGradients: return up[place] ?? behind[place]
    case .activations, .preactivations: return up[place]
    case .weights, nil: return up[place] ?? behind[place]
    }
  }

  /// Whether a violation may follow from another at all.
  private func follows(_ violation: GateViolation) -> Bool {
    switch violation.kind {
    // Another name changes nothing.
    case .baseline: return violation.subject != "layer"
    case .bound, .nonFinite: return violation.tensor != nil && violation.tensor != .weights
    case .finding: return before.map { run in !run.findings.contains { $0.rule == violation.subject } } ?? false
    case .verdict: return before.map { $0.verdict?.trains != false } ?? false
    }
  }

  /// Without differences from the baseline that a verdict or a finding says as well.
  private func withoutRepeats(_ violations: [GateViolation]) -> [GateViolation] {
    let rules = Set(violations.filter { $0.kind == .finding }.map(\.subject))
    let fails = violations.contains { $0.kind == .verdict }
    return violations.filter { violation in
      guard violation.kind == .baseline, violation.tensor == nil else { return true }
      return violation.subject == "verdict" ? !fails : !rules.contains(violation.subject)
    }
  }

  /// What a cause says of its consequences.
  static func following(_ count: Int) -> String {
    count == 1 ? "; 1 other difference follows from it" : "; \(count) other differences follow from it"
  }

  /// Causes in the order of the layers; what stands alone, worst first; consequences by cause, tensor and layer.
  private func told(_ all: [GateViolation], _ place: (GateViolation) -> Int?) -> [GateViolation] {
    let tensors = GateTensor.allCases, kinds = GateViolation.Kind.allCases
    let causes = all.enumerated().filter { $0.element.role == .cause }
      .sorted { (place($0.element) ?? -1, $0.offset) < (place($1.element) ?? -1, $1.offset) }.map(\.element)
    // What differs from a baseline begins at the first layer, however far it has grown behind it.
    func distance(_ violation: GateViolation) -> Double {
      violation.kind == .baseline ? Double(place(violation) ?? -1) : -violation.excess
    }
    let alone = all.filter { $0.role == nil }.enumerated().sorted { first, second in
      let a = (kinds.firstIndex(of: first.element.kind) ?? 0, distance(first.element), first.offset)
      let b = (kinds.firstIndex(of: second.element.kind) ?? 0, distance(second.element), second.offset)
      return a < b
    }.map(\.element)
    var order: [String: Int] = [:]
    for cause in causes { if let changed = cause.changed, order[changed] == nil { order[changed] = order.count } }
    var counts: [String: Int] = [:]
    let consequences = all.enumerated().filter { $0.element.role == .consequence }.sorted { first, second in
      func key(_ violation: GateViolation) -> (Int, Int, Int) {
        (
          violation.follows.flatMap { order[$0] } ?? order.count,
          violation.tensor.flatMap { tensors.firstIndex(of: $0) } ?? tensors.count, place(violation) ?? -1
        )
      }
      let (a, b) = (key(first.element), key(second.element))
      return a != b ? a < b : first.offset < second.offset
    }.map(\.element)
    for violation in consequences { if let changed = violation.follows { counts[changed, default: 0] += 1 } }
    // Of several causes at one layer the first is followed.
    var counted: Set<String> = []
    let introduced = causes.map { cause in
      guard let changed = cause.changed, let count = counts[changed], counted.insert(changed).inserted else { return cause }
      var cause = cause
      cause.message += Self.following(count)
      return cause
    }
    return introduced + alone + consequences
  }
}
