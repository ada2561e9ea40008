/// What a rule found in one run: where, how bad, with which figures, and in words.
public struct Finding: Sendable, Equatable {
  /// How bad a finding is.
  public enum Severity: String, Sendable, Codable, CaseIterable {
    /// The network will not train as it is.
    case error
    /// Something is not as declared, or training will suffer.
    case warning
    /// Good to know.
    case note
  }

  /// A figure or word on which the finding rests.
  public enum Evidence: Sendable, Equatable {
    case number(Double)
    case text(String)
  }

  /// The rule's name in the catalogue, such as `theory-disagreement`.
  public var rule: String
  public var severity: Severity
  /// The indices of the layers concerned, from 1.
  public var layers: [Int]
  public var evidence: [String: Evidence]
  /// One or two sentences: what was seen, and what it means.
  public var message: String

  package init(rule: String, severity: Severity, layers: [Int], evidence: [String: Evidence], message: String) {
    self.rule = rule
    self.severity = severity
    self.layers = layers
    self.evidence = evidence
    self.message = message
  }
}
