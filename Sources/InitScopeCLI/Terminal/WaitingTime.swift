import InitScope

/// Says before a long computation begins how long it will take.
package enum WaitingTime {
  /// - Parameters:
  ///   - judges: Whether verdicts are made.
  ///   - recommends: Whether remedies are tried.
  static func say(_ configuration: AuditConfiguration, judges: Bool, recommends: Bool) {
    let seconds = WorkEstimate(configuration, judges: judges, recommends: recommends).seconds
    if let text = text(seconds) { Console.message(text) }
  }

  static func say(_ configuration: TrainingConfiguration, audit: AuditConfiguration, judges: Bool) {
    let seconds =
      TrainingEstimate(configuration).seconds + WorkEstimate(audit, judges: judges, recommends: false).seconds
    if let text = text(training: seconds) { Console.message(text) }
  }

  /// Nil for what is over within a minute.
  package static func text(_ seconds: Double) -> String? {
    time(seconds).map {
      "This audit will take \($0). A smaller --batch, fewer --seeds or fewer initializers make it shorter."
    }
  }

  /// The same of a training.
  package static func text(training seconds: Double) -> String? {
    time(seconds).map {
      "This training will take \($0). Fewer --epochs, --seeds or initializers make it shorter."
    }
  }

  private static func time(_ seconds: Double) -> String? {
    guard seconds > 60 else { return nil }
    let minutes = (seconds / 60).rounded()
    if minutes < 2 { return "one to two minutes" }
    if minutes < 100 { return "about \(Int(minutes)) minutes" }
    let hours = (minutes / 60).rounded()
    return hours < 72 ? "about \(Int(hours)) hours" : "about \(Int(min(1e9, (hours / 24).rounded()))) days"
  }
}
