import Execution
import LayerKernels
import NetworkGraph
import TensorKernels

/// The gradient of a loss at the output of a graph, whose last axis holds the classes or quantities of one prediction each.
struct GraphLoss {
  private let loss: Loss
  private let output: Tensor
  private let answers: BatchAnswers
  private let rows: Int
  private let outputs: Int

  /// Prepares the loss.
  ///
  /// - Parameters:
  ///   - loss: Which loss.
  ///   - output: The graph's output.
  ///   - labels: A class for each row of the output; nil to draw them uniformly.
  ///   - stream: Where drawn classes come from.
  init(_ loss: Loss, output: Tensor, labels: [Int]?, stream: RandomStream) {
    self.loss = loss
    self.output = output
    outputs = max(1, output.shape.extents.last ?? 1)
    rows = output.count / outputs
    switch loss {
    case .crossEntropy, .binaryCrossEntropy:
      let classes = loss == .crossEntropy ? outputs : 2
      if let labels {
        answers = .classes(labels.map { Int32($0) })
      } else if loss == .crossEntropy || outputs == 1 {
        answers = .classes(stream.words(rows).map { Int32($0.number(below: classes)) })
      } else {
        answers = .quantities(stream.words(rows * outputs).map { $0 & 1 == 0 ? 0 : 1 })
      }
    case .meanSquaredError:
      var values = [Float](repeating: 0, count: rows * outputs)
      values.withUnsafeMutableBufferPointer { stream.fillNormal($0) }
      answers = .quantities(values)
    }
  }

  /// Writes the gradient, and returns its exponent with the loss and that of a guess.
  func fill(_ target: UnsafeMutableBufferPointer<Float>) -> (exponent: Double, loss: Double, lossOfGuess: Double) {
    let evaluate = BatchLoss(loss, outputs: outputs)
    guard let start = target.baseAddress else { return (0, 0, 0) }
    let value = evaluate(UnsafePointer(output.floats), exponent: output.exponent, answers, rows: rows, gradient: start)
    return (
      evaluate.gradientExponent(output.exponent), value.sum / Double(max(1, rows)),
      answers.lossOfGuess(loss, outputs: outputs)
    )
  }
}
