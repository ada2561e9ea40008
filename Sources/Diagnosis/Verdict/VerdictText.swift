import Glibc
import NetworkGraph
import SignalPropagation
import TrainingRuns

/// A verdict in words.
enum VerdictText {
  static func summary(
    _ run: InitializerRun, status: Verdict.Status, trains: Bool, _ reading: TangentReading, errors: [Finding]
  ) -> String {
    let outcome = trains ? "Plain SGD is expected to learn" : "Plain SGD is not expected to learn at any learning rate"
    if trains, status == .healthy {
      let warnings = run.findings.count { $0.severity == .warning }
      return outcome + (warnings == 0 ? "." : warnings == 1 ? "; one warning is worth reading." : "; \(warnings) warnings are worth reading.")
    }
    // The finding that gives the status says it best.
    if let finding = errors.first(where: { RuleCatalogue.rule(named: $0.rule)?.status == status }) ?? errors.first {
      return "\(outcome)\(trains ? ", in spite of what was found" : ""): \(lowercasedFirst(finding.message))"
    }
    if let finding = run.findings.first(where: { $0.severity == .warning && RuleCatalogue.rule(named: $0.rule)?.status == status }) {
      return "\(outcome): \(lowercasedFirst(finding.message))"
    }
    return "\(outcome): \(reason(status, reading))"
  }

  /// Where only the tangent kernel saw it.
  private static func reason(_ status: Verdict.Status, _ r: TangentReading) -> String {
    func power(_ x: Double) -> String { x <= TangentReading.floor ? "0" : x >= TangentReading.ceiling ? "beyond Float's range" : "10^\(shortNumber(x, digits: 2))" }
    switch status {
    case .exploding:
      return """
        the loss starts at \(power(r.loss)) with a largest curvature of \(power(r.sharpness)), and a learning rate above \
        2/curvature overshoots.
        """
    case .chaotic:
      return """
        the gradient tells classes apart \(shortNumber(pow(10, r.signal - r.noise), digits: 2)) times as well as chance: nearby \
        inputs have parted on their way.
        """
    case .collapsed:
      return """
        outputs differ between samples by \(power(r.outputSpread - r.outputSize)) of their size: inputs have become alike.
        """
    default:
      return """
        what moves the classes apart is \(power(r.signal)) at unit learning rate, too little for 300 steps: the gradient \
        vanishes on its way.
        """
    }
  }

  private static func lowercasedFirst(_ text: String) -> String {
    // A name such as ReLU or LSUV keeps its capitals.
    let second = text.dropFirst().first
    return second.map { $0.isUppercase } == true ? text : text.prefix(1).lowercased() + text.dropFirst()
  }

  /// For a network that needs no remedy.
  static func keep(_ rate: Double?) -> String? {
    rate.map { "Keep it, and begin plain SGD with a learning rate of about \(shortNumber($0, digits: 1))." }
  }
}
