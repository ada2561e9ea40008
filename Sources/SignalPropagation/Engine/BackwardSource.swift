import Glibc
import LayerKernels
import NetworkGraph
import TensorKernels

/// What the backward pass starts from at the network's output: drawn values, or the gradient of a loss by the name that
/// `Loss` has.
public enum BackwardSource: String, Sendable, CaseIterable {
  /// A N(0,1) cotangent.
  case gaussian
  /// The gradient of the softmax cross-entropy with the classes, mean over the batch.
  case crossEntropy = "cross_entropy"
  /// The gradient of the cross-entropy of the sigmoid with classes 0 and 1, mean over batch and outputs.
  case binaryCrossEntropy = "binary_cross_entropy"
  /// The gradient of the squared error with the quantities to predict, or with classes in one-hot form, mean over batch and
  /// outputs.
  case meanSquaredError = "mean_squared_error"

  /// The loss whose gradient it is; nil for `gaussian`.
  public var loss: Loss? { Loss(rawValue: rawValue) }

  public init(_ loss: Loss) {
    self =
      switch loss {
      case .crossEntropy: .crossEntropy
      case .binaryCrossEntropy: .binaryCrossEntropy
      case .meanSquaredError: .meanSquaredError
      }
  }

  /// Where a backward pass starts.
  struct Start {
    /// With respect to what the loss takes.
    var gradient: ScaledSignal
    /// The mean loss and that of a guess; nil for a drawn cotangent.
    var loss: Double?
    var lossOfGuess: Double?
  }

  /// The gradient with respect to `a`, which is what the loss takes (see `OutputPlan`), and the loss where there is one.
  func start(at a: ScaledSignal, answers: BatchAnswers?, stream: RandomStream, pool: BufferPool) throws -> Start {
    guard let loss, let answers else {
      let g = try ScaledSignal(rows: a.rows, columns: a.columns, pool: pool)
      stream.fillNormal(UnsafeMutableBufferPointer(start: g.data, count: g.count), mean: 0, std: 1)
      g.log2RMS = 0
      return Start(gradient: g)
    }
    let evaluate = BatchLoss(loss, outputs: a.columns)
    let g = try ScaledSignal(
      rows: a.rows, columns: a.columns, exponent: evaluate.gradientExponent(a.exponent), pool: pool)
    let value = evaluate(UnsafePointer(a.data), exponent: a.exponent, answers, rows: a.rows, gradient: g.data)
    let m2 = Elementwise.sumOfSquares(g.data, count: g.count) / Double(g.count)
    g.log2RMS = m2 > 0 && m2.isFinite ? log2(m2) / 2 + g.exponent : nil
    return Start(
      gradient: g, loss: value.sum / Double(a.rows), lossOfGuess: answers.lossOfGuess(loss, outputs: a.columns))
  }
}
