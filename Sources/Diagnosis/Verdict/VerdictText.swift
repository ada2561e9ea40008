import Glibc
import NetworkGraph
import NumberText
import SignalPropagation
import TrainingRuns

/// Puts a verdict into words.
enum VerdictText {
  static func summary(
    _ run: InitializerRun, status: Verdict.Status, trains: Bool?, _ impediment: VerdictMaker.Impediment?,
    _ prediction: TrainabilityModel.Prediction, _ reading: TangentReading,
    _ doubt: VerdictDoubt? = nil
  ) -> String {
    let explained = explanation(run, status)
    switch trains {
    case true?:
      let warnings = run.findings.count { $0.severity != .note }
      let rest = warnings == 0 ? "" : warnings == 1 ? " There is 1 warning." : " There are \(warnings) warnings."
      return "Plain SGD is expected to learn.\(rest)"
    case false?:
      // A warning says that training is slow: that is no reason why it should not work at all.
      let error = explanation(run, status, errorsAlone: true)
      let cause = impediment.flatMap { reason($0, explained: error) } ?? error ?? reason(status, reading)
      return "Plain SGD is not expected to learn at any learning rate. \(cause.prefix(1).uppercased() + cause.dropFirst())"
    case nil:
      let found = explained.map { " What was found: \($0)" } ?? ""
      let reason =
        doubt?.words
        ?? (prediction.isInEvidence
          ? "networks like it sometimes train and sometimes do not."
          : "its gradients are unlike those of every network that was trained to make predictions from.")
      let advice = "Train it for a few hundred steps"
      return "Whether this network trains is not known: \(reason)\(found)"
        + (reason.contains(advice) ? "" : " \(advice) to find out.")
    }
  }

  /// The explanation by a finding: the one that gives the status explains best.
  private static func explanation(
    _ run: InitializerRun, _ status: Verdict.Status, errorsAlone: Bool = false
  ) -> String? {
    let telling = run.findings.filter {
      $0.severity != .note && (!errorsAlone || $0.severity == .error) && RuleCatalogue.rule(named: $0.rule)?.status == status
    }
    return telling.first.map { lowercasedFirst($0.message) }
  }

  /// The explanation of a network that cannot learn; nil where a finding says more.
  private static func reason(_ impediment: VerdictMaker.Impediment, explained: String?) -> String? {
    switch impediment {
    case .nonfinite: explained
    case .symmetric: explained ?? "all units of a layer are alike, and so are their gradients: no step makes them different."
    case .overflow: explained ?? "the loss or its gradient is too large for Float32."
    case .faintSignal: explained
    case .faintUpdates:
      explained ?? "even 300 steps at a learning rate of 1 change no weight matrix by more than a hundredth of its size."
    case .noSignal:
      """
      no useful gradient reaches any weight: what tells one class from another is below Float32's precision.\
      \(explained.map { " The cause: \($0)" } ?? "")
      """
    }
  }

  /// The explanation where only the tangent kernel shows the problem.
  private static func reason(_ status: Verdict.Status, _ r: TangentReading) -> String {
    func power(_ x: Double) -> String {
      x <= TangentReading.floor
        ? "0" : x >= TangentReading.ceiling ? "beyond Float32's range" : "10^\(shortNumber(x, digits: 2))"
    }
    switch status {
    case .exploding:
      return """
        the loss starts at \(power(r.loss)), and its gradient is so steep that one step at a learning rate of 0.001 changes \
        a weight matrix by \(power(r.largestUpdate / 2 - 3)) times its size.
        """
    case .chaotic:
      return """
        the class signal in the gradient is only \(shortNumber(pow(10, r.signal - r.noise), digits: 2)) times the noise.
        """
    case .collapsed:
      return """
        the outputs of different samples differ by only \(power(r.outputSpread - r.outputSize)) of their size: the network \
        sees all inputs as nearly the same.
        """
    default:
      return """
        the gradient moves the classes apart by only \(power(r.signal)) per unit of learning rate and step, too little for \
        300 steps.
        """
    }
  }

  private static func lowercasedFirst(_ text: String) -> String {
    // A name such as ReLU or LSUV keeps its capitals.
    let second = text.dropFirst().first
    return second.map { $0.isUppercase } == true ? text : text.prefix(1).lowercased() + text.dropFirst()
  }

  /// The sentence for a network that needs no remedy.
  static func keep(_ rate: Double?) -> String? {
    rate.map { "Keep it. Begin plain SGD with a learning rate of about \(shortNumber($0, digits: 1))." }
  }
}
