import SignalPropagation

/// Finds signals that leave the range of bfloat16.
public struct BFloat16Range: FormatRule {
  public static let name = "bfloat16-range"
  public static let summary = "Activations or gradients leave the range of bfloat16."
  public static let explanation = """
    Counted as for float32-range. bfloat16 has float32's exponents and 8 bits: below 2^-134 a value rounds to zero, from \
    2^128 (1 - 2^-9) on to infinity. Range is no reason to scale a loss here; what 8 bits cost, such as updates below 2^-9 \
    of a weight, is not judged.
    """
  public static let remedy = "As for float32: change the scale of the weights, not that of the loss."
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "a value becomes infinite"), (.note, "more than 1% of a layer becomes 0"),
  ]

  static let format = FloatFormat.bfloat16

  public init() {}

  public static func size(of finding: Finding) -> Double { formatSize(of: finding) }

  static func severity(_ loss: FormatRuleLoss) -> Finding.Severity { loss.overflowing > 0 ? .warning : .note }
}
