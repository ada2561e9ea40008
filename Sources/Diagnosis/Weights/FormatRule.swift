import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// What the rules about number formats share: at most one finding for activations and one for gradients.
protocol FormatRule: Rule {
  static var format: FloatFormat { get }
  static func severity(_ loss: FormatRuleLoss) -> Finding.Severity
}

/// What one direction loses in a number format.
struct FormatRuleLoss {
  var isGradient: Bool
  /// The largest share of a tensor's values that round to zero.
  var vanishing: Double
  /// The share of the first overflowing tensor's values that round to infinity.
  var overflowing: Double
  /// Whether multiplying the loss by a power of two brings all gradients into range.
  var isSavedByScale: Bool
}

extension FormatRule {
  /// The share of a tensor's values that may round to zero without a finding. Training tolerates the loss of the smallest
  /// gradients (Micikevicius 2018, section 3.2).
  static var tolerable: Double { 0.01 }

  /// The share of values that is lost.
  static func formatSize(of finding: Finding) -> Double {
    max(finding.figure("vanishingShare") ?? 0, finding.figure("overflowingShare") ?? 0)
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let format = Self.format
    return [(FormatLoss.activations(of: run), false), (FormatLoss.gradients(of: run, context), true)].compactMap {
      losses, isGradient in
      guard let vanishing = losses.mostVanishing(format) else { return nil }
      let overflowing = losses.firstOverflowing(format)
      let share = vanishing.vanishing(format)
      guard overflowing != nil || share > Self.tolerable else { return nil }
      let scale = isGradient ? losses.lossScale(format, tolerable: Self.tolerable / 10) : nil
      let isSaved = scale.map { $0.lost <= Self.tolerable } ?? false
      let loss = FormatRuleLoss(
        isGradient: isGradient, vanishing: share, overflowing: overflowing?.overflowing(format) ?? 0, isSavedByScale: isSaved
      )
      let subject = overflowing ?? vanishing
      let hit = losses.tensors.filter { $0.vanishing(format) > Self.tolerable || $0.overflowing(format) > 0 }
      var evidence: [String: Finding.Evidence] = [
        "format": .text(format.name), "signal": .text(isGradient ? "gradients" : "activations"),
        "layer": .text(subject.layer.name), "vanishingShare": .number(share), "overflowingShare": .number(loss.overflowing),
        "log2Largest": .number(subject.log2Largest + Double(subject.shift)),
        "status": .text(overflowing != nil ? "exploding" : "vanishing"),
        "cause": .text("\(isGradient ? "gradients" : "activations") too \(overflowing != nil ? "large" : "small")"),
      ]
      if isGradient { evidence["log2CotangentScale"] = .number(Double(FormatLoss.shift(context))) }
      if let scale, format.name == "float16" {
        evidence["lossScale"] = .number(scalbn(1, Int32(max(-1000, min(1000, scale.exponent)))))
        evidence["lostWithLossScale"] = .number(scale.lost)
      }
      return Finding(
        rule: Self.name, severity: Self.severity(loss), layers: Set(hit.map(\.layer.index)).sorted(), evidence: evidence,
        message: Self.message(subject, loss, scale: scale, context))
    }
  }

  // MARK: Messages

  private static func message(
    _ subject: FormatLoss.Tensor, _ loss: FormatRuleLoss, scale: (exponent: Int, lost: Double)?, _ context: RuleContext
  ) -> String {
    let what = "\(subject.title) of layer \(subject.layer.name)"
    let head =
      loss.overflowing > 0
      ? "\(what) are too large for \(format.name): \(percent(loss.overflowing)) of them become infinite."
      : "\(what) are too small for \(format.name): \(percent(loss.vanishing)) of them become 0."
    guard loss.isGradient else {
      guard format.name == "float16" else { return head }
      return loss.overflowing > 0
        ? "\(head) Train in bfloat16, or use smaller weights or a normalization." : "\(head) Train in bfloat16."
    }
    let basis =
      context.backward == .gaussian
      ? " (For gradients of the size that a cross-entropy has, averaged over \(context.input.batch) samples.)" : ""
    guard let scale, format.name == "float16" else { return head + basis }
    return loss.isSavedByScale
      ? """
      \(head) To keep them, multiply the loss by 2^\(scale.exponent) and divide the gradients by it before the step (loss \
      scaling).\(basis)
      """
      : """
      \(head) No loss scale works: even 2^\(scale.exponent), the largest that fits, leaves \(percent(scale.lost)) of one \
      layer's gradients at 0. Train in bfloat16.\(basis)
      """
  }

  private static func percent(_ share: Double) -> String { MessageNumber.percent(share, digits: 2) }
}
