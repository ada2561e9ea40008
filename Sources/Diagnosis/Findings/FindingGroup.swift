import SignalPropagation

/// The findings of several runs that say the same: one rule, one cause, one severity.
///
/// A comparison of many initializers reads better by problem than by initializer: each group is told once, with the
/// initializers that share it and the worst of them as the example.
///
///     for group in FindingGroup.groups(of: report.runs) {
///       print(group.severity, group.rule, group.initializers, group.worst.finding.message)
///     }
public struct FindingGroup: Sendable, Equatable {
  /// One finding of the group, and the run in which it was found.
  public struct Member: Sendable, Equatable {
    /// The run's place in the report, from 0.
    public var run: Int
    public var initializer: String
    public var finding: Finding

    public init(run: Int, initializer: String, finding: Finding) {
      self.run = run
      self.initializer = initializer
      self.finding = finding
    }
  }

  /// The rule's name in the catalogue.
  public let rule: String
  /// What tells the rule's findings apart, such as "fan_out for fan_in"; nil for a rule that finds one thing only.
  public let cause: String?
  public let severity: Finding.Severity
  /// The findings of the group, by run, and within a run in the order of its findings. Never empty.
  public let members: [Member]
  /// The member that is farthest from what its rule allows (``Rule/size(of:)``); among equals the first.
  public let worst: Member

  /// The runs concerned, each once, by their places in the report.
  public var runs: [Int] { members.map(\.run).reduce(into: []) { if $0.last != $1 { $0.append($1) } } }

  /// The initializers of those runs, in the same order.
  public var initializers: [String] {
    runs.compactMap { run in members.first { $0.run == run }?.initializer }
  }

  /// Findings of the worst member's run beside its own: other layers with the same problem.
  public var othersInWorstRun: [Finding] {
    members.filter { $0.run == worst.run && $0 != worst }.map(\.finding)
  }

  /// All findings of the runs: errors, then warnings, then notes; within one severity in the catalogue's order of rules, and
  /// within one rule in the order in which causes appear.
  public static func groups(of runs: [InitializerRun]) -> [FindingGroup] {
    var keys: [Key] = []
    var members: [Key: [Member]] = [:]
    for (place, run) in runs.enumerated() {
      for finding in run.findings {
        let key = Key(severity: finding.severity, rule: finding.rule, cause: finding.cause)
        if members[key] == nil { keys.append(key) }
        members[key, default: []].append(Member(run: place, initializer: run.initializer, finding: finding))
      }
    }
    let ranks = Dictionary(RuleCatalogue.names.enumerated().map { ($1, $0) }) { first, _ in first }
    let ordered = keys.enumerated().sorted { a, b in
      let (left, right) = (rank(a.element, ranks), rank(b.element, ranks))
      return left == right ? a.offset < b.offset : left < right
    }
    return ordered.compactMap { FindingGroup($0.element, members[$0.element] ?? []) }
  }

  private struct Key: Hashable {
    var severity: Finding.Severity
    var rule: String
    var cause: String?
  }

  /// Severity before rule; a rule that the catalogue does not know comes last.
  private static func rank(_ key: Key, _ ranks: [String: Int]) -> Int {
    let severity = Finding.Severity.allCases.firstIndex(of: key.severity) ?? 0
    return severity * (ranks.count + 1) + (ranks[key.rule] ?? ranks.count)
  }

  private init?(_ key: Key, _ members: [Member]) {
    guard let first = members.first else { return nil }
    let rule = RuleCatalogue.rule(named: key.rule)
    func size(_ member: Member) -> Double {
      let size = rule?.size(of: member.finding) ?? Double(member.finding.layers.count)
      return size.isNaN ? .infinity : size
    }
    (self.rule, cause, severity, self.members) = (key.rule, key.cause, key.severity, members)
    worst = members.dropFirst().reduce(first) { size($1) > size($0) ? $1 : $0 }
  }
}

extension Finding {
  /// What tells this finding from others of its rule, as its evidence names it.
  public var cause: String? {
    for key in ["cause", "assumption"] {
      guard case .text(let text)? = evidence[key] else { continue }
      // The factor is a figure of this finding, not a cause of its own.
      return text.hasPrefix(WeightVariance.unexplained) ? WeightVariance.unexplained : text
    }
    return nil
  }

  /// The number under `key` in the evidence; nil where there is none.
  func figure(_ key: String) -> Double? {
    if case .number(let value)? = evidence[key] { value } else { nil }
  }
}
