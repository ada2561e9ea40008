import Glibc
import LayerKernels
import NetworkGraph
import TensorKernels

/// What the backward pass starts from at the network's output: random values, or the gradient of a loss.
public enum BackwardSource: String, Sendable, CaseIterable {
  /// Independent N(0, 1) values, one for each output and sample.
  case gaussian
  /// The gradient of the softmax cross-entropy with the classes, mean over the batch.
  case crossEntropy = "cross_entropy"
  /// The gradient of the cross-entropy of the sigmoid with classes 0 and 1, mean over batch and outputs.
  case binaryCrossEntropy = "binary_cross_entropy"
  /// The gradient of the squared error with the quantities to predict, or with classes in one-hot form, mean over batch and
  /// outputs.
  case meanSquaredError = "mean_squared_error"

  /// The loss that gives the gradient; nil for `gaussian`.
  public var loss: Loss? { Loss(rawValue: rawValue) }

  public init(_ loss: Loss) {
    self =
      switch loss {
      case .crossEntropy: .crossEntropy
      case .binaryCrossEntropy: .binaryCrossEntropy
      case .meanSquaredError: .meanSquaredError
      }
  }

  /// The start of a backward pass: the gradient, and the loss where there is one.
  struct Start {
    /// The gradient with respect to the loss's input.
    var gradient: ScaledSignal
    /// The mean loss and that of a guess; nil for random values.
    var loss: Double?
    var lossOfGuess: Double?
  }

  /// Computes the gradient with respect to `a`, the loss's input (see `OutputPlan`), and the loss where there is one.
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
