import SignalPropagation

/// Finds signals that leave the range of Float32.
public struct Float32Range: FormatRule {
  public static let name = "float32-range"
  public static let summary = "Activations or gradients leave the range of float32, which plain training computes in."
  public static let explanation = """
    The magnitudes of a fixed sample of up to 16,384 values of each signal are counted by their binary exponent, and the \
    extremes of all values are known; the audit carries a scale, so that it sees what float32 does not hold. Below 2^-150 a \
    value rounds to zero, from 2^128 on to infinity (hardware that flushes subnormals loses values below 2^-126 already). \
    A finding needs one value that overflows or 1% of a tensor that vanishes. Where the backward pass started from random \
    gradients N(0, 1), gradients are scaled to the size that a cross-entropy averaged over the batch has.
    """
  public static let remedy = """
    Find the scale of the weights at which signals keep their size: the growth per layer says how far they are from it.
    """
  /// The verdict's status where this rule finds an error. Overflow is an error of the rule non-finite as well, whose status
  /// is worse.
  public static let status: Verdict.Status? = .vanishing
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "a value becomes infinite, or a whole layer becomes 0"), (.warning, "more than 1% of a layer becomes 0"),
  ]

  static let format = FloatFormat.float32

  public init() {}

  public static func size(of finding: Finding) -> Double { formatSize(of: finding) }

  /// A tensor of which 99.9% vanish counts as a layer without signal.
  static func severity(_ loss: FormatRuleLoss) -> Finding.Severity {
    loss.overflowing > 0 || loss.vanishing > 0.999 ? .error : .warning
  }
}
