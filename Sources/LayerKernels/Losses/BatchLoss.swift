import Glibc
import NetworkGraph
import TensorKernels

/// The correct answers for one batch: classes or quantities.
package enum BatchAnswers: Sendable, Equatable {
  /// A class for each sample.
  case classes([Int32])
  /// Quantities to predict, (samples, outputs), row-major.
  case quantities([Float])

  /// The answers as one number for each output: quantities as they are, a class of 0 or 1 for one output, else one-hot
  /// vectors.
  package func numbers(outputs: Int) -> [Float] {
    switch self {
    case .quantities(let values): return values
    case .classes(let labels):
      if outputs == 1 { return labels.map { Float($0) } }
      var values = [Float](repeating: 0, count: labels.count * outputs)
      for (row, label) in labels.enumerated() { values[row * outputs + Int(label)] = 1 }
      return values
    }
  }

  /// The loss of guessing without looking at the input: equal probabilities for all classes, or zero for every quantity.
  /// `log C`, `log 2`, or the mean square of the answers.
  package func lossOfGuess(_ loss: Loss, outputs: Int) -> Double {
    switch loss {
    case .crossEntropy: return log(Double(outputs))
    case .binaryCrossEntropy: return log(2)
    case .meanSquaredError:
      let numbers = numbers(outputs: outputs)
      return numbers.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, numbers.count))
    }
  }
}

/// Computes a loss and its gradient over a batch. The audit, training and the tangent kernel all use this code.
///
/// With n samples of C outputs o: cross entropy `log sum_c exp(o_c) - o_y`, binary cross entropy `log(1 + exp(o)) - t o`,
/// squared error `sum_c (o_c - t_c)^2 / C`, each a mean over the samples; binary cross entropy also over the outputs.
/// Outputs may be in units of `2^exponent`, since an audit follows signals far outside Float's range.
package struct BatchLoss {
  package let loss: Loss
  package let outputs: Int

  package init(_ loss: Loss, outputs: Int) {
    self.loss = loss
    self.outputs = outputs
  }

  package struct Value {
    /// Sum over the batch of each sample's loss.
    package var sum: Double
    /// How many samples are answered correctly; nil where the loss has no classes.
    package var correct: Int?
  }

  /// The exponent of the unit in which the gradient is written. The squared error's gradient is as large as the output,
  /// those of the entropies lie within -1...1.
  package func gradientExponent(_ exponent: Double) -> Double { loss == .meanSquaredError ? max(0, exponent) : 0 }

  /// Writes the gradient of the mean loss with respect to `output`, in units of `2^gradientExponent(exponent)`.
  ///
  /// - Parameters:
  ///   - output: rows x outputs, in units of `2^exponent`.
  ///   - answers: one for each of `rows` samples; classes below `outputs`, or below 2 for one output.
  package func callAsFunction(
    _ output: UnsafePointer<Float>, exponent: Double = 0, _ answers: BatchAnswers, rows: Int,
    gradient: UnsafeMutablePointer<Float>
  ) -> Value {
    let count = rows * outputs
    switch loss {
    case .crossEntropy:
      guard case .classes(let labels) = answers else { preconditionFailure("cross_entropy needs classes") }
      precondition(labels.count == rows, "\(labels.count) classes for \(rows) samples")
      let result = LossKernel.softmaxCrossEntropy(
        output, exponent: exponent, labels: labels, rows: rows, classes: outputs, scale: 1 / Float(rows), gradient: gradient)
      return Value(sum: result.sum, correct: result.correct)
    case .binaryCrossEntropy:
      let targets = answers.numbers(outputs: outputs)
      precondition(targets.count == count, "\(targets.count) answers for \(count) outputs")
      let result = LossKernel.binaryCrossEntropy(
        output, exponent: exponent, targets: targets, count: count, scale: 1 / Float(count), gradient: gradient)
      return Value(sum: result.sum / Double(outputs), correct: outputs == 1 ? result.correct : nil)
    case .meanSquaredError:
      let targets = answers.numbers(outputs: outputs), shift = gradientExponent(exponent)
      precondition(targets.count == count, "\(targets.count) answers for \(count) outputs")
      let sum = LossKernel.squaredError(
        output, outputUnit: Self.power(exponent - shift), targets: targets, targetUnit: Self.power(-shift), count: count,
        scale: 1 / Float(count), gradient: gradient)
      return Value(
        sum: Self.scaled(sum / Double(outputs), 2 * shift), correct: hits(output, exponent, answers, rows))
    }
  }

  /// How many samples are answered correctly; nil for quantities.
  private func hits(_ output: UnsafePointer<Float>, _ exponent: Double, _ answers: BatchAnswers, _ rows: Int) -> Int? {
    guard case .classes(let labels) = answers else { return nil }
    var count = 0
    for row in 0..<rows {
      let values = output + row * outputs
      let best =
        outputs == 1
        ? (Self.scaled(Double(values[0]), exponent) > 0.5 ? 1 : 0) : (0..<outputs).max { values[$0] < values[$1] } ?? 0
      count += best == Int(labels[row]) ? 1 : 0
    }
    return count
  }

  private static func power(_ exponent: Double) -> Double { scaled(1, exponent) }

  private static func scaled(_ x: Double, _ exponent: Double) -> Double {
    exponent == 0 ? x : scalbn(x, Int32(min(max(exponent, -100_000), 100_000)))
  }
}
