import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds weights with another mean than their declared law has.
public struct WeightMean: Rule {
  public static let name = "weight-mean"
  public static let summary = "The mean of a layer's weights is not the one that their scheme declares, which is mostly 0."
  public static let explanation = """
    The mean of n independent weights scatters by their deviation over sqrt(n) about the law's mean; that of an orthogonal \
    matrix does too. A tensor is reported beyond the two-sided normal quantile at a false-alarm rate of 0.001 divided by \
    the number of tensors (Bonferroni). What a mean does to the layer is told by mean^2 fan_in / variance: it is the mean's \
    share of the pre-activation relative to the weights' own, for inputs that have a mean themselves, as behind a ReLU.
    """
  public static let remedy = """
    Draw weights from a law that is symmetric about 0: uniform on [-b, b) instead of [0, b).
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "mean^2 fan_in exceeds 1% of the variance"), (.note, "a mean that is significant, and too small to matter"),
  ]

  /// The probability of a finding in a run whose weights follow their law.
  public static let falseAlarmRate = 1e-3

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("meanToSpread") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    // A single weight shows no spread from which its mean could differ.
    let judged = WeightTensor.all(in: run, context).filter { $0.law.mean($0.shape) != nil && $0.shape.count > 1 }
    guard !judged.isEmpty else { return [] }
    let bound = Estimators.normalQuantile(twoSided: Self.falseAlarmRate / Double(judged.count))
    let beyond = judged.filter { tensor in
      let distance = abs(Self.distance(tensor))
      let size = max(abs(tensor.summary.min), abs(tensor.summary.max))
      // In a constant tensor Float rounds every weight alike.
      return distance > bound * Self.standardError(tensor) + 0x1p-23 * size && distance > 0
    }
    guard let worst = beyond.max(by: { Self.weight($0) < Self.weight($1) }) else { return [] }
    let error = Self.standardError(worst), weight = Self.weight(worst)
    return [
      Finding(
        rule: Self.name, severity: weight > 0.01 ? .warning : .note, layers: beyond.layerIndices,
        evidence: [
          "layer": .text(worst.layer.name), "tensor": .text(worst.tensor.path(in: worst.layer.name)),
          "mean": .number(worst.summary.mean),
          "expectedMean": .number(worst.law.mean(worst.shape) ?? 0), "standardError": .number(error),
          "meanToSpread": .number(weight), "bound": .number(bound), "tensors": .number(Double(judged.count)),
          "falseAlarmRate": .number(Self.falseAlarmRate),
        ],
        message: Self.message(worst, beyond, weight: weight))
    ]
  }

  private static func distance(_ tensor: WeightTensor) -> Double {
    tensor.summary.mean - (tensor.law.mean(tensor.shape) ?? 0)
  }

  /// The standard error by the measured spread, so that a wrong variance is not taken for a mean.
  private static func standardError(_ tensor: WeightTensor) -> Double {
    switch tensor.law {
    case .identity, .dirac, .part(_, .identity): 0
    default: (tensor.summary.variance / tensor.draws).squareRoot()
    }
  }

  /// The effect of the mean on the layer, `mean^2 fanIn / variance`.
  private static func weight(_ tensor: WeightTensor) -> Double {
    let distance = distance(tensor)
    return tensor.summary.variance > 0
      ? distance * distance * Double(tensor.shape.fans.fanIn) / tensor.summary.variance
      : .infinity
  }

  // MARK: Messages

  private static func message(_ worst: WeightTensor, _ tensors: [WeightTensor], weight: Double) -> String {
    let mean = worst.summary.mean, expected = worst.law.mean(worst.shape) ?? 0
    let place = tensors.count > 1 ? " (in \(worst.title))" : ""
    let head = """
      \(LayerText.of(tensors)) have the mean \(shortNumber(mean, digits: 3))\(place), where their scheme has \
      \(shortNumber(expected, digits: 3)).
      """
    if worst.summary.variance == 0 { return "\(head) All of them are the same." }
    let oneSided = abs(mean * mean / (3 * worst.summary.variance) - 1) < 0.1
    if oneSided {
      return "\(head) They seem to be drawn between 0 and a bound: draw them between minus the bound and the bound."
    }
    return weight > 0.01
      ? "\(head) A mean adds up over the \(worst.shape.fans.fanIn) inputs of a unit instead of averaging out."
      : "\(head) The difference is beyond chance, but too small to matter."
  }
}
