import SignalPropagation

/// A run's violations as a person reads them: alike ones together, causes first, then what follows from each.
///
/// Nothing is left out: each entry counts the violations that it stands for.
public struct GateSummary: Sendable, Equatable {
  /// One heading with its entries.
  public struct Section: Sendable, Equatable {
    public var title: String
    public var entries: [Entry]
  }

  /// One sentence of the summary, about one violation or several alike.
  public struct Entry: Sendable, Equatable {
    public var text: String
    /// Violations that it stands for.
    public var count: Int
    public var role: GateViolation.Role?
  }

  public var sections: [Section]

  /// - Parameter run: A run of a gate's result.
  public init(_ run: GateResult.Run) {
    let order = Dictionary(run.layers.enumerated().map { ($1, $0) }) { first, _ in first }
    sections = []
    let causes = run.causes
    if !causes.isEmpty {
      let title = causes.allSatisfy { $0.kind == .baseline } ? "What changed" : "Where it begins"
      sections.append(Section(title: title, entries: Self.causes(causes, run, order)))
    }
    let alone = run.violations.filter { $0.role == nil }
    // What a rule or a verdict says is no difference from the baseline, which may say the same.
    let differs = !causes.isEmpty && causes.allSatisfy { $0.kind == .baseline }
    let differences = differs ? alone.filter { $0.kind == .baseline } : []
    let failures = differs ? alone.filter { $0.kind != .baseline } : alone
    if !differences.isEmpty {
      sections.append(Section(title: "What else differs", entries: Self.entries(differences, run, order)))
    }
    if !failures.isEmpty {
      sections.append(
        Section(title: causes.isEmpty ? "What fails" : "What else fails", entries: Self.entries(failures, run, order)))
    }
    var followed: [String] = []
    for violation in run.consequences {
      if let cause = violation.follows, !followed.contains(cause) { followed.append(cause) }
    }
    // Many changes have many consequences: those of the first are told one by one, the others' together.
    let told = followed.count == Self.mostFollowed + 1 ? followed.count : Self.mostFollowed
    for cause in followed.prefix(told) {
      let own = run.consequences.filter { $0.follows == cause }
      sections.append(Section(title: "What follows from \(cause)", entries: Self.entries(own, run, order)))
    }
    if followed.count > told {
      let rest = Set(followed.dropFirst(told))
      let own = run.consequences.filter { $0.follows.map(rest.contains) ?? false }
      sections.append(
        Section(title: "What follows from the other \(rest.count) changes", entries: Self.entries(own, run, order)))
    }
  }

  private static let mostFollowed = 3

  // MARK: Causes

  private static func causes(_ causes: [GateViolation], _ run: GateResult.Run, _ order: [String: Int]) -> [Entry] {
    var groups: [(predicate: String?, violations: [GateViolation])] = []
    for violation in causes {
      if let predicate = violation.predicate, let place = groups.firstIndex(where: { $0.predicate == predicate }) {
        groups[place].violations.append(violation)
      } else if violation.predicate == nil, violation.kind == .bound,
        let place = groups.firstIndex(where: { $0.violations[0].subject == violation.subject && $0.predicate == nil })
      {
        groups[place].violations.append(violation)
      } else {
        groups.append((violation.predicate, [violation]))
      }
    }
    return groups.map { group in
      guard group.violations.count > 1, let first = group.violations.first else {
        return Entry(text: group.violations[0].message, count: 1, role: .cause)
      }
      guard let predicate = group.predicate else {
        return Entry(text: comparison(group.violations, run, order), count: group.violations.count, role: .cause)
      }
      let names = layers(group.violations.compactMap(\.layer), run, order)
      let changes = Set(group.violations.map(\.changed))
      let following = changes.count == 1 ? run.consequences.count { $0.follows == first.changed } : 0
      let text = "\(names): \(predicate)" + (following > 0 ? GateCauses.following(following) : "")
      return Entry(text: text, count: group.violations.count, role: first.role)
    }
  }

  // MARK: What fails, and what follows

  private static func entries(_ violations: [GateViolation], _ run: GateResult.Run, _ order: [String: Int]) -> [Entry] {
    var groups: [(key: String, violations: [GateViolation])] = []
    var places: [String: Int] = [:]
    for violation in violations {
      if let predicate = violation.predicate {
        let key = "\(violation.kind): \(predicate)"
        if let place = places[key] {
          groups[place].violations.append(violation)
        } else {
          places[key] = groups.count
          groups.append((key, [violation]))
        }
        continue
      }
      guard violation.measured != nil, let bound = violation.bound else {
        groups.append(("", [violation]))
        continue
      }
      // One bound for all layers, or each layer with its own prediction.
      let isShared = violation.kind == .bound && violation.line != nil
      let key = "\(violation.kind) \(violation.subject) \(isShared ? "\(bound.low) \(bound.high)" : "")"
      if let place = places[key] {
        groups[place].violations.append(violation)
      } else {
        places[key] = groups.count
        groups.append((key, [violation]))
      }
    }
    return groups.map { group in
      let first = group.violations[0]
      guard group.violations.count > 1 else {
        return Entry(text: sentence(first, beside: violations), count: 1, role: first.role)
      }
      if let predicate = first.predicate {
        let names = layers(group.violations.compactMap(\.layer), run, order)
        return Entry(text: "\(names): \(predicate)", count: group.violations.count, role: first.role)
      }
      return Entry(text: comparison(group.violations, run, order), count: group.violations.count, role: first.role)
    }
  }

  private static func sentence(_ violation: GateViolation, beside others: [GateViolation]) -> String {
    switch violation.kind {
    case .finding: "\(violation.message) [\(violation.subject)]"
    case .verdict: withoutReason(violation.message, told: others)
    default: violation.message
    }
  }

  /// A verdict's message without the reason that a finding beside it tells in the same words.
  private static func withoutReason(_ message: String, told violations: [GateViolation]) -> String {
    for violation in violations where violation.kind == .finding {
      // A message begins with its severity: `error: Activations shrink`.
      guard let colon = violation.message.firstRange(of: ": ") else { continue }
      let reason = violation.message[colon.upperBound...]
      // Both begin with a capital or not, as the sentence around them wants it.
      guard let found = message.firstRange(of: reason.dropFirst()), found.lowerBound > message.startIndex else { continue }
      let rest = message[..<message.index(before: found.lowerBound)]
      let head = rest.hasSuffix(Self.leadIn) ? rest.dropLast(Self.leadIn.count) : rest
      return String(head.reversed().drop { $0 == " " }.reversed())
    }
    return message
  }

  /// What stands before the reason of some verdicts (`VerdictText`).
  private static let leadIn = "The cause: "

  /// `mean square of activations: dense_3 to dense_6 (4 layers), 1.9 to 2.1 times the baseline's`.
  private static func comparison(_ violations: [GateViolation], _ run: GateResult.Run, _ order: [String: Int]) -> String {
    let first = violations[0]
    let names = layers(violations.compactMap(\.layer), run, order)
    let head = "\(first.title): \(names)"
    let quantity = first.quantity ?? .mean
    if first.kind == .baseline, quantity.isLogarithmic {
      let ratios = violations.compactMap { violation -> Double? in
        guard let measured = violation.measured, let bound = violation.bound, bound.low > 0, bound.low.isFinite else {
          return nil
        }
        return measured / ((bound.low * bound.high).squareRoot())
      }
      if let low = ratios.min(), let high = ratios.max(), low.isFinite, high.isFinite, ratios.count == violations.count {
        let (a, b) = (GateNumber.factor(low), GateNumber.factor(high))
        return "\(head), \(a == b ? a : "\(a) to \(b)") times the baseline's"
      }
    }
    let worst = violations.max { $0.excess < $1.excess } ?? first
    return "\(head); worst: \(worst.message)"
  }

  /// `dense_3`, `dense_3 and dense_5`, `dense_3 to dense_6 (4 layers)`.
  static func layers(_ names: [String], _ run: GateResult.Run, _ order: [String: Int]) -> String {
    var seen: Set<String> = []
    let unique = names.filter { seen.insert($0).inserted }.sorted { (order[$0] ?? -1) < (order[$1] ?? -1) }
    guard unique.count > 2 else { return unique.isEmpty ? "the network" : unique.joined(separator: " and ") }
    let places = unique.compactMap { order[$0] }
    if places.count == unique.count, let first = places.first, let last = places.last {
      if last - first == places.count - 1 { return "\(unique[0]) to \(unique[unique.count - 1]) (\(unique.count) layers)" }
      if unique.count > 4 {
        return "\(unique.count) layers from \(unique[0]) to \(unique[unique.count - 1])"
      }
    }
    return unique.count > 6
      ? "\(unique.prefix(4).joined(separator: ", ")) and \(unique.count - 4) more"
      : unique.dropLast().joined(separator: ", ") + " and \(unique[unique.count - 1])"
  }
}
