import InitScope

/// Warns before an audit that takes more than a minute.
package enum WaitingTime {
  /// Below this least time no run so far took a minute, and nothing is timed.
  private static let worthAsking = 10.0

  static func say(_ configuration: AuditConfiguration) {
    let estimate = WorkEstimate(configuration)
    guard estimate.leastSeconds > worthAsking, let seconds = estimate.seconds(), let text = text(seconds) else { return }
    Console.message(text)
  }

  /// Nil for what is over within a minute.
  package static func text(_ seconds: Double) -> String? {
    guard seconds > 60 else { return nil }
    let minutes = (seconds / 60).rounded()
    let time =
      minutes < 2
      ? "one to two minutes"
      : minutes < 100 ? "about \(Int(minutes)) minutes" : "about \(Int((minutes / 60).rounded())) hours"
    return "This audit will take \(time). A smaller --batch, fewer --seeds or fewer initializers make it shorter."
  }
}
