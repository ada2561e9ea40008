import InitScope

/// A mistake made in a healthy network, and the rule that must notice.
struct Mutation: Sendable {
  var name: String
  /// The rule that must catch it.
  var rule: String
  /// The cause that its evidence must name; nil where the rule names none.
  var cause: String?
  /// A note is all that is to be expected where the mistake costs little.
  var severity = Finding.Severity.warning
  /// The healthy original.
  var healthy: @Sendable () throws -> AuditConfiguration
  /// The same with the mistake.
  var mutant: @Sendable () throws -> AuditConfiguration

  /// The mistake as an edit of the healthy original.
  init(
    _ name: String, rule: String, cause: String? = nil, severity: Finding.Severity = .warning,
    in healthy: @escaping @Sendable () throws -> AuditConfiguration,
    mistake: @escaping @Sendable (inout AuditConfiguration) throws -> Void
  ) {
    self.name = name
    self.rule = rule
    self.cause = cause
    self.severity = severity
    self.healthy = healthy
    mutant = {
      var configuration = try healthy()
      try mistake(&configuration)
      return configuration
    }
  }

  struct Outcome: Sendable {
    /// Findings of the mutant, worst first.
    var findings: [Finding]
    /// Whether the rule found it, with the cause.
    var isCaught: Bool
    /// Errors and warnings of that rule in the healthy original.
    var falseAlarms: [Finding]

    /// Names of the rules that fired, errors and warnings in full, notes in parentheses.
    var fired: [String] {
      var names: [String] = []
      for severity in Finding.Severity.allCases {
        for finding in findings where finding.severity == severity {
          let name = severity == .note ? "(\(finding.rule))" : finding.rule
          if !names.contains(name), !names.contains(finding.rule) { names.append(name) }
        }
      }
      return names
    }
  }

  /// Whether this build has the rule.
  var hasRule: Bool { RuleCatalogue.rules.contains { type(of: $0).name == rule } }

  func outcome(threads: Int = 2) throws -> Outcome {
    func findings(_ make: () throws -> AuditConfiguration) throws -> [Finding] {
      var configuration = try make()
      configuration.threads = threads
      return Diagnosis(of: configuration).examine(try Audit(configuration).run()).runs[0].findings
    }
    let found = try findings(mutant)
    let severities = Finding.Severity.allCases
    let enough = severities.prefix { $0 != severity } + [severity]
    return Outcome(
      findings: found,
      isCaught: found.contains {
        $0.rule == rule && enough.contains($0.severity) && (cause == nil || $0.evidence["cause"] == cause.map { .text($0) })
      },
      falseAlarms: try findings(healthy).filter { $0.rule == rule && $0.severity != .note })
  }

  static let all: [Mutation] = variances + tensors + gains + signals + formats

  /// A configuration of a size that a test can afford.
  static func audit(_ network: Network, _ initializer: String, batch: Int = 64) throws -> AuditConfiguration {
    AuditConfiguration(
      network: network, initializers: [try Initializer(parsing: initializer)], batch: batch, replicas: 3, seed: 5,
      histograms: false)
  }

  static func deep(
    _ activation: String, _ initializer: String, depth: Int = 40, width: Int = 128
  ) throws -> AuditConfiguration {
    let activation = try Activation(parsing: activation)
    return try audit(
      Network(input: .features(width)) {
        Dense(width, activation: activation).repeated(depth)
        Dense(10)
      }, initializer)
  }

  /// Layers whose fans differ.
  @Sendable static func rectangular() throws -> AuditConfiguration { try rectangular("he_normal") }

  static func rectangular(_ initializer: String) throws -> AuditConfiguration {
    try audit(
      Network(input: .features(96)) {
        Dense(192, activation: .relu)
        Dense(64, activation: .relu)
        Dense(160, activation: .relu)
        Dense(10)
      }, initializer)
  }

  /// Convolutions, one of them grouped.
  @Sendable static func convolutional() throws -> AuditConfiguration {
    try audit(
      Network(input: .image(channels: 3, height: 8, width: 8)) {
        Conv2D(16, kernel: 3, padding: .same, activation: .relu)
        Conv2D(48, kernel: 3, padding: .same, groups: 4, activation: .relu)
        Conv2D(32, kernel: 3, padding: .same, activation: .relu)
        GlobalAveragePool()
        Dense(10)
      }, "he_normal", batch: 16)
  }
}
