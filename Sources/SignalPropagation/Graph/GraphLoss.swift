import Execution
import LayerKernels
import NetworkGraph
import TensorKernels

/// The gradient of a loss at the output of a graph, one axis of which holds the classes or quantities of each prediction.
struct GraphLoss {
  private let loss: Loss
  private let output: Tensor
  private let answers: BatchAnswers
  private let rows: Int
  private let outputs: Int
  /// How many values lie between one class of a prediction and the next: 1 where classes are the last axis.
  private let step: Int

  /// Prepares the loss.
  ///
  /// - Parameters:
  ///   - loss: Which loss.
  ///   - output: The graph's output.
  ///   - axis: The output's axis of classes; nil for the last.
  ///   - labels: A class for each row of the output; nil to draw them uniformly.
  ///   - stream: Where drawn classes come from.
  init(_ loss: Loss, output: Tensor, axis: Int? = nil, labels: [Int]?, stream: RandomStream) {
    self.loss = loss
    self.output = output
    let extents = output.shape.extents, axis = axis ?? max(0, extents.count - 1)
    outputs = max(1, extents.indices.contains(axis) ? extents[axis] : 1)
    step = extents.dropFirst(axis + 1).reduce(1, *)
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
    let value: BatchLoss.Value
    if step == 1 {
      value = evaluate(UnsafePointer(output.floats), exponent: output.exponent, answers, rows: rows, gradient: start)
    } else {
      // The loss reads the classes of one prediction side by side.
      var predictions = [Float](repeating: 0, count: rows * outputs), gradient = predictions
      for (place, source) in places.enumerated() { predictions[place] = output.floats[source] }
      value = evaluate(predictions, exponent: output.exponent, answers, rows: rows, gradient: &gradient)
      for (place, source) in places.enumerated() { start[source] = gradient[place] }
    }
    return (
      evaluate.gradientExponent(output.exponent), value.sum / Double(max(1, rows)),
      answers.lossOfGuess(loss, outputs: outputs)
    )
  }

  /// Where the output has each class of each prediction: predictions in the order of the output without its classes.
  private var places: some Sequence<Int> {
    (0..<rows).lazy.flatMap { [outputs, step] row in
      let first = row / step * outputs * step + row % step
      return (0..<outputs).lazy.map { first + $0 * step }
    }
  }
}
