import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds weights that are declared orthogonal and are not.
public struct Orthogonality: Rule {
  public static let name = "orthogonality"
  public static let summary = "Weights that are declared orthogonal are not orthogonal."
  public static let explanation = """
    The defect of W is the root mean square of W W^T / s - I over the smaller dimension p, with s the mean diagonal. An \
    orthogonal matrix has none but Float32's rounding, 2^-22 for each of the larger dimension's n reflections. Independent \
    weights of the same shape have sqrt((p + 1) / n), about 1 for a square matrix. Stacked gates are judged as they are \
    declared: each by itself under orthogonal, all as one matrix under keras.orthogonal and torch.orthogonal. Parts of a \
    matrix that a library stores whole are not judged.
    """
  public static let remedy = """
    Orthogonalize the matrix as units x (inputs times taps) and last of all: scaling single units, adding noise or changing \
    its layout afterwards spoils it.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "the defect exceeds a tenth of what independent weights have"),
    (.note, "a smaller one, such as 16-bit rounding"),
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("defect") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let judged = WeightTensor.all(in: run, context).filter { tensor in
      switch tensor.law {
      case .orthogonal(let gain, _): return gain != 0
      case .part(let matrix, .orthogonal(let gain, _)): return gain != 0 && matrix.place == .all
      default: return false
      }
    }
    let hit = judged.filter { ($0.summary.orthogonalityDefect ?? 0) > Self.allowed(Self.matrix($0)) }
    guard let worst = hit.max(by: { Self.share($0) < Self.share($1) }) else { return [] }
    let defect = worst.summary.orthogonalityDefect ?? 0, share = Self.share(worst)
    return [
      Finding(
        rule: Self.name, severity: share > 0.1 ? .warning : .note, layers: hit.layerIndices,
        evidence: [
          "layer": .text(worst.layer.name), "tensor": .text(worst.tensor.path(in: worst.layer.name)),
          "defect": .number(defect), "allowed": .number(Self.allowed(Self.matrix(worst))),
          "independentDefect": .number(Self.independent(Self.matrix(worst))),
          "cause": .text(share > 0.9 ? "independent weights" : share > 0.1 ? "perturbed" : "rounded"),
        ],
        message: Self.message(worst, hit, defect: defect, share: share))
    ]
  }

  /// The shape of the matrix that should be orthogonal.
  private static func matrix(_ tensor: WeightTensor) -> WeightShape {
    if case .part(let matrix, _) = tensor.law { matrix.shape } else { tensor.shape.copy }
  }

  private static func allowed(_ shape: WeightShape) -> Double { 0x1p-22 * Double(max(shape.rows, shape.columns)) }

  /// The defect of independent weights: `(W W^T)_ii / (n sigma^2) - 1` has variance 2/n, each of the p - 1 other entries of
  /// a row 1/n.
  private static func independent(_ shape: WeightShape) -> Double {
    (Double(min(shape.rows, shape.columns) + 1) / Double(max(shape.rows, shape.columns))).squareRoot()
  }

  private static func share(_ tensor: WeightTensor) -> Double {
    (tensor.summary.orthogonalityDefect ?? 0) / independent(matrix(tensor))
  }

  // MARK: Messages

  private static func message(_ worst: WeightTensor, _ tensors: [WeightTensor], defect: Double, share: Double) -> String {
    let head = """
      \(LayerText.of(tensors)) are declared orthogonal, but are not: in \(worst.title) W W^T is off by \
      \(shortNumber(defect, digits: 3)) (root mean square), where rounding leaves \
      \(shortNumber(allowed(matrix(worst)), digits: 2)).
      """
    if share > 0.9 {
      return """
        \(head) Independent weights of this shape are off by \(shortNumber(independent(matrix(worst)), digits: 3)): these \
        were never made orthogonal.
        """
    }
    return share > 0.1
      ? "\(head) They were changed after they were made orthogonal." : "\(head) They seem to be rounded to fewer bits."
  }
}
