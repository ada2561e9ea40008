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
    return (color ? heading.bold : heading) + "\n" + table(columns).render(color: color) + "\n" + advice
  }

  // MARK: Numbers

  /// With whole sentences where they fit: numbers far from 1 take their room.
  private func table(_ columns: Int) -> TextTable {
    let full = table(isShort: false)
    return full.width <= columns ? full : table(isShort: true)
  }

  private func table(isShort: Bool) -> TextTable {
    var table = TextTable([.init("quantity", .left), .init("value"), .init("what it means", .left)])
    func row(_ name: String, _ value: String, _ meaning: String, _ color: NamedColor? = nil) {
      table.add([.init(name), .init(value, color), .init(meaning)])
    }
    row("phase", theory.phase.rawValue, phaseMeaning, phaseColor)
    row("q*", theory.qStar.map(number) ?? "none", qStarMeaning)
    row("chi1", number(theory.chi1), chi1Meaning)
    if let first = report.firstLayers {
      row(
        "first \(FirstLayers.count) layers", "x" + TableNumber.power(log10: first.log10Gradients),
        firstLayersMeaning(first)
      )
    }
    row("c*", number(theory.cStar), cStarMeaning)
    row("slope of q map", number(theory.varianceMapSlope), slopeMeaning(isShort))
    row("depth scale of q", depth(theory.depthScaleQ), depthScaleQMeaning)
    row("depth scale of c", depth(depthScaleC), depthScaleCMeaning(isShort))
    row("saturated share", report.saturation.map { TableNumber.percent($0.share) } ?? "none", saturationMeaning)
    row("critical variance", report.criticalPoint.map { number($0.weightVariance) } ?? "none", criticalMeaning(isShort))
    row(
      "unit-variance gain", report.unitVarianceGains.first.map { number($0.gain) } ?? "none",
      report.unitVarianceGains.first.map { "keeps activations' mean square 1; chi1 \(number($0.chi1))" }
        ?? "no gain keeps activations' mean square at 1")
    return table
  }

  private var phaseMeaning: String {
    switch theory.phase {
    case .ordered where isNearlyCritical, .chaotic where isNearlyCritical: "but nearly critical: depth costs little"
    case .ordered: "inputs become alike, gradients vanish"
    case .critical: "the edge of chaos: depth costs least"
    case .chaotic: "similar inputs drift apart, gradients explode"
    case .divergent: "the variance grows without bound"
    }
  }

  private var isCritical: Bool { theory.phase == .critical }

  /// Whether squared gradients change by less than a factor of e over a hundred layers, deeper than most networks.
  private var isNearlyCritical: Bool { theory.phase != .divergent && theory.depthScaleGradient >= 100 }

  private var phaseColor: NamedColor {
    switch theory.phase {
    case .critical: .green
    case .ordered, .chaotic: isNearlyCritical ? .green : theory.depthScaleGradient >= 20 ? .yellow : .red
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
    let size = log10(theory.chi1) * 20
    // Numbers of four digits in the exponent leave no room.
    let place = theory.qStar == nil || abs(size) >= 100 ? "" : " at q*"
    return "squared gradients x\(TableNumber.power(log10: size)) over 20 layers\(place)"
  }

  private func firstLayersMeaning(_ first: FirstLayers) -> String {
    let (start, end) = (first.startingVariance, first.variance)
    guard [start, end].allSatisfy({ $0 == 0 || (1e-9...1e9).contains($0) }) else { return "squared gradients" }
    return "squared gradients, q from \(TableNumber.plain(start, 3)) to \(TableNumber.plain(end, 3))"
  }

  private var cStarMeaning: String {
    if theory.qStar == 0 {
      return isCritical ? "inputs become alike, but slowly" : "as the signal dies, inputs become alike"
    }
    return theory.cStar > 1 - 1e-12 ? "all inputs become one" : "correlation that any two inputs approach"
  }

  private func slopeMeaning(_ isShort: Bool) -> String {
    let slope = theory.varianceMapSlope
    if theory.qStar == nil { return "for large variances" }
    if abs(slope - 1) < 1e-9 { return "a small deviation of q stays" }
    if isShort { return "of a deviation of q after each layer" }
    return slope < 1 ? "each layer leaves this part of a deviation of q" : "each layer makes a deviation of q so much larger"
  }

  private var depthScaleQMeaning: String {
    guard let depth = theory.depthScaleQ else { return "there is nothing to settle to" }
    if depth.isFinite { return "layers in which a deviation of q falls to 1/e" }
    return theory.fixedPoints.isEveryVarianceFixed ? "q stays as it is" : "q settles slower than exponentially"
  }

  /// At a critical point the slope of the correlation map is 1; what is left of a difference is rounding.
  private var depthScaleC: Double? {
    theory.depthScaleC.map { isCritical && $0 > 1e9 ? .infinity : $0 }
  }

  private func depthScaleCMeaning(_ isShort: Bool) -> String {
    guard let depth = depthScaleC else { return "there is nothing to settle to" }
    guard depth.isFinite else { return "differences fade slower than exponentially" }
    return theory.phase == .chaotic
      ? "layers until \(isShort ? "it" : "the correlation") settles at c* (to 1/e)"
      : "two inputs stay apart for \(Self.layers(depth))"
  }

  private var saturationMeaning: String {
    if report.saturation == nil { return "the variance does not settle" }
    return theory.activation.laws.maximumSlope == nil
      ? "the slope has no bound to compare with" : "of units at q* have |f'| < 0.05 max|f'|"
  }

  private func criticalMeaning(_ isShort: Bool) -> String {
    guard let point = report.criticalPoint else { return "no weight variance keeps gradients' size here" }
    let gain = "gain \(number(point.gain))\(isShort ? ": chi1 = 1 at " : " keeps gradients' size, at ")"
    if report.criticalStability == .unstable { return gain + "an unstable q*" }
    return gain + (point.variance.map { "q = \(number($0))" } ?? "every q")
  }

  // MARK: Advice

  /// What to use, in sentences.
  private var advice: [String] {
    var sentences: [String] = []
    let usable = report.criticalStability == .unstable ? nil : report.criticalPoint
    if isDefaultPoint, let critical = usable {
      let place = critical.variance.map { " at q = \(number($0))" } ?? ""
      sentences.append(
        "No weight variance was given: this is the critical one, at which gradients keep their size (chi1 = 1\(place)).")
      if theory.phase != .critical, critical.variance != nil { sentences += end(critical) }
    } else if let verdict {
      sentences.append(verdict)
    }
    if let onTheWay { sentences.append(onTheWay) }
    sentences.append(contentsOf: report.warnings)
    if let remark = report.criticalRemark { sentences.append(remark) }
    if let point = report.pointToUse {
      sentences.append(use(point))
    } else {
      sentences.append(contentsOf: withoutCriticality)
    }
    return sentences
  }

  /// Where the signal comes to rest instead of at the critical point.
  private func end(_ critical: CriticalPoint) -> [String] {
    let start = "Starting from variance \(number(report.startingVariance)) the signal"
    guard let q = theory.qStar else { return ["\(start) does not settle."] }
    var sentences = ["\(start) comes to rest at q* = \(number(q)) instead, and the table is about that state."]
    if isNearlyCritical {
      sentences.append(
        "With chi1 = \(number(theory.chi1)) it is nearly critical: in networks of usual depth that does as well as "
          + "the critical point itself.")
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
    let keeps = "chi1 = 1 at q = \(number(q)), where the signal and the gradients keep their size."
    let without = " With zero biases no weight variance keeps both signal and gradients."
    switch report.criticalPoint == point ? report.criticalStability : report.recommendedStability {
    case .stableFromAbove: return keeps + " A signal that starts larger settles there\(elsewhere(q))." + without
    case .stableFromBelow: return keeps + " A signal that starts smaller settles there\(elsewhere(q))." + without
    default: return keeps
    }
  }

  /// Where the signal of the recommended pair settles that starts on the other side; nothing where it settles at the point.
  private func elsewhere(_ q: Double) -> String {
    guard let end = report.recommendedRest, (end / q - 1).magnitude > 1e-3 else { return "" }
    return "; one that starts from variance \(number(report.startingVariance)) settles at q* = \(number(end))"
  }

  private var withoutCriticality: [String] {
    guard let gain = report.unitVarianceGains.first else {
      return ["No weight variance keeps activations' mean square at 1 either: normalize, or take another activation."]
    }
    let keeps =
      "\(specification(gain.gain * gain.gain)) keeps activations' mean square at 1, but squared gradients change by "
      + "x\(number(gain.chi1)) per layer."
    return [keeps] + largeSignals + ["For more depth normalize, add residual connections, or take another activation."]
  }

  /// What an audit of such an activation recommends where the network is not too deep.
  private var largeSignals: [String] {
    guard let (variance, first) = report.largeSignals else { return [] }
    let name = (variance - 2).magnitude < 1e-6 ? "he_normal" : specification(variance)
    return [
      "\(name) loses less: over the first \(FirstLayers.count) layers squared gradients change by "
        + "x\(TableNumber.power(log10: first.log10Gradients)), while q grows from "
        + "\(TableNumber.plain(first.startingVariance, 3)) to \(TableNumber.plain(first.variance, 3))."
    ]
  }

  /// Why the first layers show another factor than chi1; nil where they do not.
  private var onTheWay: String? {
    guard let first = report.firstLayers, let q = theory.qStar, theory.chi1 > 0, theory.chi1.isFinite else { return nil }
    let deep = log10(theory.chi1) * Double(FirstLayers.count)
    guard (first.log10Gradients - deep).magnitude > log10(2), first.log10Gradients.isFinite else { return nil }
    return
      "chi1 is the factor per layer at q*. The first \(FirstLayers.count) layers are still on the way there: with q from "
      + "\(TableNumber.plain(first.startingVariance, 3)) to \(TableNumber.plain(first.variance, 3)), and q* = \(number(q)), "
      + "squared gradients change by x\(TableNumber.power(log10: first.log10Gradients)) over them."
  }

  private var verdict: String? {
    let reach = Self.layers(theory.depthScaleGradient)
    switch theory.phase {
    case .critical:
      return theory.qStar == 0
        ? "Critical: gradients shrink only as a power of depth." : "Critical: gradients keep their size at any depth."
    case .ordered: return "Ordered: squared gradients shrink by a factor of e in \(reach)."
    case .chaotic: return "Chaotic: squared gradients grow by a factor of e in \(reach)."
    case .divergent:
      return theory.varianceMapSlope > 1 + 1e-9
        ? "Divergent: the variance has no fixed point and leaves any range of numbers."
        : "Divergent: the variance has no fixed point. It grows with depth, but more slowly than exponentially."
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
