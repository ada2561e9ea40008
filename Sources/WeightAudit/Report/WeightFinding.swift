/// Something that is wrong with a file's weights, or worth knowing.
public struct WeightFinding: Sendable {
  public enum Severity: String, Sendable, CaseIterable {
    /// The model does not start as it was meant to.
    case error
    /// Something is not as it should be, and training may suffer.
    case warning
    /// Good to know.
    case note
  }

  /// The rule's name in `WeightRules`.
  public var rule: String
  public var severity: Severity
  /// The tensors concerned, by their names in the file.
  public var tensors: [String]
  /// Figures and words on which the finding rests.
  public var evidence: [(name: String, value: Evidence)]
  /// What was seen, what it means and what to do, in sentences.
  public var message: String

  public enum Evidence: Sendable, Equatable {
    case number(Double)
    case text(String)
  }
}
