import NumberText
import SignalPropagation

/// Finds data from which no network learns anything: samples that are all equal, or answers that are.
public struct NothingToLearn: Rule {
  public static let name = "nothing-to-learn"
  public static let summary = "The data leave nothing to learn."
  public static let explanation = """
    All samples of the data are compared, not only those of the audit's batches, as the network sees them: scaled. Where \
    they are equal, no network can tell one from another, and what the audit measures of differences between samples says \
    nothing of the network. Where all have one label, or one quantity to predict, a network learns to give it whatever it \
    sees. The verdict then makes no prediction. It is certain, not a matter of chance. Samples of zeros are reported by \
    dead-units.
    """
  public static let remedy = """
    Look at how the data are read, cut and scaled: a slice of a sorted file holds one class, and a wrong column or a scale \
    of zero makes samples equal.
    """
  public static let status: Verdict.Status? = .collapsed
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "all samples are equal"), (.warning, "there is one sample, or all samples have the same label or answer"),
  ]

  public init() {}

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard let lack = context.lack else { return [] }
    // All zeros: dead-units says so.
    if lack.samplesAreEqual, context.input.secondMoment != 0 || context.network.tokenVocabulary != nil {
      return lack.count == 1
        ? [Self.finding(.warning, run, lack, cause: "one sample", Self.oneSample)]
        : [Self.finding(.error, run, lack, cause: "equal samples", Self.equalSamples(lack.count))]
    }
    guard lack.answersAreEqual == true, lack.count > 1 else { return [] }
    return [Self.finding(.warning, run, lack, cause: "one answer", Self.oneAnswer(lack))]
  }

  private static func finding(
    _ severity: Finding.Severity, _ run: InitializerRun, _ lack: DataLack, cause: String, _ message: String
  ) -> Finding {
    Finding(
      rule: name, severity: severity, layers: run.layers.map(\.index),
      evidence: ["cause": .text(cause), "samples": .number(Double(lack.count))], message: message)
  }

  // MARK: Messages

  static let oneSample = """
    The data hold one sample: there is nothing to tell it from, and nothing can be learned from it, whatever the weights.
    """

  static func equalSamples(_ count: Int) -> String {
    """
    All \(groupedNumber(count)) samples of the data are equal: no network can tell them apart, and nothing can be \
    learned from them, whatever the weights. Look at the data and at how they are read and scaled.
    """
  }

  static func oneAnswer(_ lack: DataLack) -> String {
    """
    All \(groupedNumber(lack.count)) samples of the data have the same \(lack.answer): a network learns to give it \
    whatever it sees, and there is nothing else to learn.
    """
  }
}
