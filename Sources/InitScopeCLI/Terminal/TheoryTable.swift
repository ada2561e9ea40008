import Foundation
import InitScope
import NumberText
import Rainbow

/// A prediction as a person reads it: the numbers with what they mean, and what to use.
struct TheoryTable {
  let report: TheoryReport
  /// Whether the weight variance was left to theory.
  let isDefaultPoint: Bool

  init(_ report: TheoryReport, isDefaultPoint: Bool) {
    self.report = report
    self.isDefaultPoint = isDefaultPoint
  }

  private var theory: MeanFieldTheory { report.theory }

  func text(columns: Int, color: Bool) -> String {
    let title =
      "\(theory.activation): weight variance \(number(theory.weightVariance))/fan-in "
      + "(gain \(number(theory.weightVariance.squareRoot()))), bias variance \(number(theory.biasVariance))"
    let heading = Paragraph.wrap(title, columns: columns, indent: 0)
    let advice = advice.map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
    return (color ? heading.bold : heading) + "\n" + table.render(color: color) + "\n" + advice
  }

  // MARK: Numbers

  private var table: TextTable {
    var table = TextTable([.init("quantity", .left), .init("value"), .init("what it means", .left)])
    func row(_ name: String, _ value: String, _ meaning: String, _ color: NamedColor? = nil) {
      table.add([.init(name), .init(value, color), .init(meaning)])
    }
    row("phase", theory.phase.rawValue, phaseMeaning, phaseColor)
    row("q*", theory.qStar.map(number) ?? "none", qStarMeaning)
    row("chi1", number(theory.chi1), chi1Meaning)
    row("c*", number(theory.cStar), cStarMeaning)
    row("slope of q map", number(theory.varianceMapSlope), slopeMeaning)
    row("depth scale of q", depth(theory.depthScaleQ), depthScaleQMeaning)
    row("depth scale of c", depth(theory.depthScaleC), depthScaleCMeaning)
    row("saturated share", report.saturation.map { TableNumber.percent($0.share) } ?? "none", saturationMeaning)
    row("critical variance", report.criticalPoint.map { number($0.weightVariance) } ?? "none", criticalMeaning)
    row(
      "unit-variance gain", report.unitVarianceGains.first.map { number($0.gain) } ?? "none",
      report.unitVarianceGains.first.map { "keeps E f² = 1; chi1 there \(number($0.chi1))" } ?? "no gain gives E f² = 1")
    return table
  }

  private var phaseMeaning: String {
    switch theory.phase {
    case .ordered: "inputs become alike, gradients vanish"
    case .critical: "the edge of chaos: depth costs least"
    case .chaotic: "similar inputs drift apart, gradients explode"
    case .divergent: "the variance grows without bound"
    }
  }

  private var isCritical: Bool { theory.phase == .critical }

  private var phaseColor: NamedColor {
    switch theory.phase {
    case .critical: .green
    // A depth of a hundred layers is within reach of the depth scale.
    case .ordered, .chaotic: theory.depthScaleGradient >= 100 ? .green : theory.depthScaleGradient >= 20 ? .yellow : .red
    case .divergent: .red
    }
  }

  private var qStarMeaning: String {
    guard let q = theory.qStar else { return "diverges" }
    if theory.fixedPoints.isEveryVarianceFixed { return "every variance is kept" }
    if q == 0 { return isCritical ? "the signal shrinks only as a power of depth" : "the signal dies out" }
    if let point = theory.fixedPoints.points.first(where: { $0.variance == q }), point.stability == .unstable {
      return "unstable: depth leads away from it"
    }
    return "variance of pre-activations deep inside"
  }

  private var chi1Meaning: String {
    guard theory.chi1.isFinite else { return "squared gradients grow without bound" }
    guard theory.chi1 > 0 else { return "no gradient passes" }
    return "squared gradients x\(TableNumber.power(log10: log10(theory.chi1) * 20)) over 20 layers"
  }

  private var cStarMeaning: String {
    if theory.qStar == 0 {
      return isCritical ? "inputs become alike, but slowly" : "as the signal dies, inputs become alike"
    }
    return theory.cStar > 1 - 1e-12 ? "all inputs become one" : "correlation that any two inputs approach"
  }

  private var slopeMeaning: String {
    let slope = theory.varianceMapSlope
    if theory.qStar == nil { return "for large variances" }
    if abs(slope - 1) < 1e-9 { return "a small deviation of q stays" }
    return slope < 1 ? "a deviation of q shrinks by this per layer" : "a deviation of q grows by this per layer"
  }

  private var depthScaleQMeaning: String {
    guard let depth = theory.depthScaleQ else { return "there is nothing to settle to" }
    if depth.isFinite { return "layers in which a deviation of q falls to 1/e" }
    return theory.fixedPoints.isEveryVarianceFixed ? "q stays as it is" : "q settles slower than exponentially"
  }

  private var depthScaleCMeaning: String {
    guard let depth = theory.depthScaleC else { return "there is nothing to settle to" }
    return depth.isFinite
      ? "two inputs stay apart for \(Self.layers(depth))" : "differences fade slower than exponentially"
  }

  private var saturationMeaning: String {
    if report.saturation == nil { return "the variance does not settle" }
    return theory.activation.laws.maximumSlope == nil
      ? "the slope has no bound to compare with" : "of units at q* have |f'| < 0.05 max|f'|"
  }

  private var criticalMeaning: String {
    guard let point = report.criticalPoint else { return "chi1 = 1 at no weight variance here" }
    let gain = "gain \(number(point.gain)): chi1 = 1"
    return report.criticalStability == .unstable ? gain + " at an unstable q*" : gain + " at this bias variance"
  }

  // MARK: Advice

  /// What to use, in sentences.
  private var advice: [String] {
    var sentences: [String] = []
    let usable = report.criticalStability == .unstable ? nil : report.criticalPoint
    if isDefaultPoint, let critical = usable {
      sentences.append("No weight variance was given: this is the critical point, where chi1 = 1.")
      if theory.phase != .critical, critical.variance != nil {
        let end = theory.qStar.map { "settles at \(number($0)), not at the critical point" } ?? "does not settle"
        sentences.append("Starting from variance \(number(report.startingVariance)) the signal \(end).")
      }
    } else if let verdict {
      sentences.append(verdict)
    }
    sentences.append(contentsOf: report.warnings)
    if let remark = report.criticalRemark { sentences.append(remark) }
    if let point = report.pointToUse {
      sentences.append(use(point))
    } else {
      sentences.append(contentsOf: withoutCriticality)
    }
    return sentences
  }

  private func use(_ point: CriticalPoint) -> String {
    let bias =
      point.biasVariance == 0
      ? "zero biases" : "biases of variance \(number(point.biasVariance)) (--bias-std \(number(point.biasDeviation)))"
    let saturation = report.criticalPoint == point ? report.criticalSaturation : report.recommendedSaturation
    let isSaturated = saturation?.isHigh ?? false
    return "\(isSaturated ? "If it must be this activation:" : "Use") "
      + "\(specification(point.weightVariance)) (gain \(number(point.gain))) with \(bias): \(reason(point))"
  }

  /// Why this point and no other.
  private func reason(_ point: CriticalPoint) -> String {
    guard let q = point.variance else { return "chi1 = 1, and every variance is kept." }
    guard q > 0 else { return "chi1 = 1, and the signal shrinks only as a power of depth." }
    let keeps = "the signal (q* = \(number(q))) and the gradients (chi1 = 1) both keep their size there"
    switch report.criticalPoint == point ? report.criticalStability : report.recommendedStability {
    case .stableFromAbove:
      return
        "\(keeps), and without biases depth leads away from any such point. Larger variances settle at this q*, smaller "
        + "ones move away from it slowly (--starting-variance)."
    case .stableFromBelow:
      return
        "\(keeps), and without biases depth leads away from any such point. Smaller variances settle at this q*, larger "
        + "ones move away from it slowly (--starting-variance)."
    default: return "\(keeps)."
    }
  }

  private var withoutCriticality: [String] {
    guard let gain = report.unitVarianceGains.first else {
      return ["No weight variance keeps E f² = 1 either: normalize, or take another activation."]
    }
    return [
      "\(specification(gain.gain * gain.gain)) keeps E f² = 1, but squared gradients "
        + "change by x\(number(gain.chi1)) per layer: normalize, add residual connections, or take another activation."
    ]
  }

  private var verdict: String? {
    let reach = Self.layers(theory.depthScaleGradient)
    switch theory.phase {
    case .critical:
      return theory.qStar == 0
        ? "Critical: gradients shrink only as a power of depth." : "Critical: gradients keep their size at any depth."
    case .ordered: return "Ordered: squared gradients shrink by a factor of e in \(reach)."
    case .chaotic: return "Chaotic: squared gradients grow by a factor of e in \(reach)."
    case .divergent: return "Divergent: the variance has no fixed point and leaves any range of numbers."
    }
  }

  /// "less than 1 layer", "about 1 layer", "about 16 layers".
  private static func layers(_ count: Double) -> String {
    if count < 0.95 { return "less than 1 layer" }
    if count < 1.5 { return "about 1 layer" }
    return "about \(count < 1e6 ? groupedNumber(Int(count.rounded())) : TableNumber.significant(count)) layers"
  }

  private func specification(_ variance: Double) -> String {
    "variance_scaling(scale=\(TableNumber.plain(variance, 6)),mode=fan_in,distribution=normal)"
  }

  private func number(_ value: Double) -> String { TableNumber.plain(value, 5) }

  private func depth(_ value: Double?) -> String {
    guard let value else { return "none" }
    guard value.isFinite else { return "infinite" }
    return TableNumber.significant(value)
  }
}
