import Glibc
import NetworkGraph
import SignalPropagation

/// Weights that are declared orthogonal are not.
public struct Orthogonality: Rule {
  public static let name = "orthogonality"
  public static let summary = "Weights that are declared orthogonal are not orthogonal."
  public static let explanation = """
    The defect of W is the root mean square of W W^T / s - I over the smaller dimension p, with s the mean diagonal. An \
    orthogonal matrix has none but Float32's rounding, 2^-22 for each of the larger dimension's n reflections. Independent \
    weights of the same shape have sqrt((p + 1) / n), about 1 for a square matrix. Stacked gates are not judged: each is a \
    matrix of its own.
    """
  public static let remedy = """
    Orthogonalize the matrix as units x (inputs times taps) and last of all: scaling single units, adding noise or changing \
    its layout afterwards spoils it.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "the defect exceeds a tenth of what independent weights have"), (.note, "a smaller one, such as 16-bit rounding"),
  ]

  public init() {}

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let judged = WeightTensor.all(in: run, context).filter { tensor in
      guard case .orthogonal(let gain, _) = tensor.law else { return false }
      return gain != 0 && tensor.shape.copies == 1
    }
    let hit = judged.filter { ($0.summary.orthogonalityDefect ?? 0) > Self.allowed($0.shape) }
    guard let worst = hit.max(by: { Self.share($0) < Self.share($1) }) else { return [] }
    let defect = worst.summary.orthogonalityDefect ?? 0, share = Self.share(worst), layers = hit.map(\.layer)
    return [
      Finding(
        rule: Self.name, severity: share > 0.1 ? .warning : .note, layers: layers.map(\.index),
        evidence: [
          "layer": .text(worst.layer.name), "defect": .number(defect), "allowed": .number(Self.allowed(worst.shape)),
          "independentDefect": .number(Self.independent(worst.shape)),
          "cause": .text(share > 0.9 ? "independent weights" : share > 0.1 ? "perturbed" : "rounded"),
        ],
        message: Self.message(worst, layers, defect: defect, share: share))
    ]
  }

  private static func allowed(_ shape: WeightShape) -> Double { 0x1p-22 * Double(max(shape.rows, shape.columns)) }

  /// `(W W^T)_ii / (n sigma^2) - 1` has variance 2/n, each of the p - 1 other entries of a row 1/n.
  private static func independent(_ shape: WeightShape) -> Double {
    (Double(min(shape.rows, shape.columns) + 1) / Double(max(shape.rows, shape.columns))).squareRoot()
  }

  private static func share(_ tensor: WeightTensor) -> Double {
    (tensor.summary.orthogonalityDefect ?? 0) / independent(tensor.shape)
  }

  // MARK: Messages

  private static func message(_ worst: WeightTensor, _ layers: [LayerResult], defect: Double, share: Double) -> String {
    let head = """
      \(LayerText.of("Weights", layers)) are declared orthogonal and have a defect of \(shortNumber(defect, digits: 3)) in \
      \(worst.layer.name), where rounding leaves \(shortNumber(allowed(worst.shape), digits: 2)).
      """
    if share > 0.9 {
      return """
        \(head) Independent weights of this shape have \(shortNumber(independent(worst.shape), digits: 3)): these are not \
        orthogonal at all.
        """
    }
    return share > 0.1
      ? "\(head) They were changed after they were made orthogonal." : "\(head) They seem to be rounded to fewer bits."
  }
}
