import SignalPropagation

/// Finds signals that leave the range of float16.
public struct Float16Range: FormatRule {
  public static let name = "float16-range"
  public static let summary =
    "Activations or gradients leave the range of float16; for gradients, the factor on the loss that keeps them is given."
  public static let explanation = """
    Counted as for float32-range. float16 ends at 65504, and loses precision below 2^-14, its least normal number; values \
    under 2^-25 round to zero. The loss may be multiplied by a factor before the backward pass (loss scaling), and \
    gradients divided by it after it. The factor that is given is the smallest power of two at which no tensor of gradients \
    loses more than 0.1% of its values, as long as the largest gradient stays a factor of 2 below overflow (Micikevicius \
    2018, section 3.2). Activations cannot be saved that way.
    """
  public static let remedy = """
    Multiply the loss by the factor and divide gradients by it before the step, or train in bfloat16. Activations that \
    overflow need smaller weights or a normalization.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "activations become infinite, or no factor on the loss brings all gradients into range"),
    (.note, "more than 1% of a layer becomes 0, and a factor on the loss keeps gradients"),
  ]

  static let format = FloatFormat.float16

  public init() {}

  public static func size(of finding: Finding) -> Double { formatSize(of: finding) }

  static func severity(_ loss: FormatRuleLoss) -> Finding.Severity {
    if loss.isGradient { return loss.isSavedByScale ? .note : .warning }
    return loss.overflowing > 0 ? .warning : .note
  }
}
