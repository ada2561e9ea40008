/// A part of what an audit command does, in the order of time.
public enum AuditPhase: String, Sendable, CaseIterable, Codable {
  /// Reads the network and the data.
  case load
  /// Pushes batches through the network, forward and backward.
  case audit
  /// Holds the measurement against theory and predicts what training will make of the network.
  case verdict
  /// Tries what would mend the networks that are not expected to train.
  case remedies
  /// Draws pictures and writes files.
  case render
}

/// How far a phase is: `done` of `total` pieces of work.
public struct AuditProgress: Sendable, Equatable {
  public var phase: AuditPhase
  public var done: Int
  public var total: Int

  package init(_ phase: AuditPhase, done: Int, total: Int) {
    self.phase = phase
    self.done = done
    self.total = total
  }
}
