import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds weights outside the range that their law allows.
public struct WeightOutliers: Rule {
  public static let name = "weight-outliers"
  public static let summary = "Some weights lie farther out than their declared law allows."
  public static let explanation = """
    A uniform or truncated law has bounds, which Float32 may pass by one rounding. For a normal law the bound is the \
    deviation that a tensor of this size passes anywhere with probability 1e-6: beyond it 1e-6 weights are expected. Where \
    the farthest weight is a bfloat16 or float16 number (one Float32 in 65,536 or 8,192 is), rounding to that format \
    explains values just beyond a bound, and samplers that work in it produce far ones: a uniform of 8 bits reaches the \
    ends of the quantile function. Where more than 1% of a tensor lies beyond, its law is another one.
    """
  public static let remedy = """
    Draw weights in Float32 and round them afterwards, or clamp them to the law's bounds. Look for a weight that was \
    overwritten.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "some weight lies beyond its law by more than rounding to 16 bits explains"), (.note, "rounding explains it"),
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("outliers") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let hit = WeightTensor.all(in: run, context).filter { ($0.summary.outliers ?? 0) > 0 && $0.isRandom }
    guard let worst = hit.max(by: { Self.reach($0) < Self.reach($1) }) else { return [] }
    let farthest = Self.farthest(worst), bound = Self.bound(worst)
    let count = Double(worst.summary.outliers ?? 0), total = Double(worst.shape.count * context.replicas)
    let format = Self.format(of: farthest)
    let isRounding = format.map { Self.reach(worst) - 1 <= $0.epsilon } ?? false
    let cause =
      isRounding
      ? "rounding to \(format?.name ?? "")"
      : count > 0.01 * total
        ? "another law"
        : format.map { "sampled in \($0.name)" } ?? "single weights"
    return [
      Finding(
        rule: Self.name, severity: isRounding ? .note : .warning, layers: hit.layerIndices,
        evidence: [
          "layer": .text(worst.layer.name), "tensor": .text(worst.tensor.path(in: worst.layer.name)), "cause": .text(cause),
          "outliers": .number(count), "weights": .number(total),
          "expected": .number(Self.isNormal(worst.law) ? 1e-6 : 0), "farthest": .number(farthest), "bound": .number(bound),
        ],
        message: Self.message(worst, hit, cause: cause, count: count, total: total, farthest: farthest, bound: bound))
    ]
  }

  private static func isNormal(_ law: WeightLaw) -> Bool { if case .normal = law { true } else { false } }

  private static func mean(_ tensor: WeightTensor) -> Double { tensor.law.mean(tensor.shape) ?? 0 }

  /// The weight that is farthest from the law's mean.
  private static func farthest(_ tensor: WeightTensor) -> Double {
    let mean = mean(tensor), summary = tensor.summary
    return summary.max - mean > mean - summary.min ? summary.max : summary.min
  }

  /// The law's bound on the side of that weight.
  private static func bound(_ tensor: WeightTensor) -> Double {
    let isAbove = farthest(tensor) > mean(tensor)
    switch tensor.law {
    case .uniform(let low, let high), .triangular(let low, let high), .truncatedNormal(_, _, let low, let high):
      return isAbove ? high : low
    case .normal(let mean, let std):
      let reach = std * Estimators.normalQuantile(twoSided: 1e-6 / Double(tensor.shape.count))
      return isAbove ? mean + reach : mean - reach
    default: return mean(tensor)
    }
  }

  /// The farthest weight's distance from the mean, relative to the bound's.
  private static func reach(_ tensor: WeightTensor) -> Double {
    let distance = bound(tensor) - mean(tensor)
    return distance == 0 ? .infinity : (farthest(tensor) - mean(tensor)) / distance
  }

  /// The 16-bit format that holds the value exactly, with its relative rounding.
  private static func format(of value: Double) -> (name: String, epsilon: Double)? {
    let bits = Float(value).bitPattern
    if bits & 0xFFFF == 0 { return ("bfloat16", 0x1p-8) }
    return bits & 0x1FFF == 0 && abs(value) < 65520 ? ("float16", 0x1p-11) : nil
  }

  // MARK: Messages

  private static func message(
    _ worst: WeightTensor, _ tensors: [WeightTensor], cause: String, count: Double, total: Double, farthest: Double,
    bound: Double
  ) -> String {
    let head = """
      \(LayerText.of(tensors)) lie outside the range of \(worst.law.distribution): \(shortNumber(count)) of \
      \(shortNumber(total)) in \(worst.title), the farthest at \(shortNumber(farthest, digits: 4)) where the limit is \
      \(shortNumber(bound, digits: 4)).
      """
    switch cause {
    case "another law": return "\(head) So many mean that another law or another scale was used."
    case "single weights": return "\(head) Look for weights that were overwritten."
    default:
      return cause.hasPrefix("rounding")
        ? "\(head) That is \(cause), and harmless."
        : "\(head) The farthest is exactly a 16-bit number: weights \(cause) reach the far ends of the law too often."
    }
  }
}
