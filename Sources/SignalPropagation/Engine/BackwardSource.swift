import Glibc
import TensorKernels

/// What the backward pass starts from at the network's output.
public enum BackwardSource: String, Sendable, CaseIterable {
  /// A N(0,1) cotangent.
  case gaussian
  /// The gradient of the softmax cross-entropy with the labels, mean over the batch.
  case crossEntropy = "cross_entropy"
  /// The gradient of the squared error with the labels in one-hot form, mean over batch and outputs.
  case meanSquaredError = "mean_squared_error"

  /// The gradient with respect to the output `a`, and the loss where there is one.
  func gradient(
    output a: ScaledSignal, labels: [Int]?, stream: RandomStream, pool: BufferPool
  ) throws -> (gradient: ScaledSignal, loss: Double?) {
    // The squared error's gradient is as large as the output.
    let exponent = self == .meanSquaredError ? max(0, a.exponent) : 0
    let g = try ScaledSignal(rows: a.rows, columns: a.columns, exponent: exponent, pool: pool)
    guard self != .gaussian, let labels else {
      stream.fillNormal(UnsafeMutableBufferPointer(start: g.data, count: g.count), mean: 0, std: 1)
      g.log2RMS = 0
      return (g, nil)
    }
    precondition(labels.count == a.rows, "one label a sample is needed, got \(labels.count) for \(a.rows)")
    var total = 0.0, squares = 0.0
    for row in 0..<a.rows {
      let outputs = (0..<a.columns).map { Double(a.data[row * a.columns + $0]) }
      let (loss, gradient) = self == .crossEntropy
        ? crossEntropy(outputs, exponent: a.exponent, label: labels[row])
        : squaredError(outputs.map { Scale.apply(a.exponent - exponent, to: $0) }, exponent: exponent, label: labels[row])
      total += loss
      for (column, value) in gradient.enumerated() {
        let value = value / Double(a.rows)
        squares += value * value
        g.data[row * a.columns + column] = Float(value)
      }
    }
    let m2 = squares / Double(a.count)
    g.log2RMS = m2 > 0 && m2.isFinite ? log2(m2) / 2 + exponent : nil
    return (g, total / Double(a.rows))
  }

  /// Loss and gradient of logits in units of 2^exponent. Differences are taken before the scale, so that the gradient is
  /// finite for logits beyond Double.
  private func crossEntropy(_ logits: [Double], exponent: Double, label: Int) -> (Double, [Double]) {
    let top = logits.max() ?? 0
    let differences = logits.map { Scale.apply(exponent, to: $0 - top) }
    let weights = differences.map { exp($0) }
    let sum = weights.reduce(0, +)
    return (log(sum) - differences[label], weights.enumerated().map { $1 / sum - ($0 == label ? 1 : 0) })
  }

  /// Loss, and gradient in units of 2^exponent, of outputs in those units.
  private func squaredError(_ outputs: [Double], exponent: Double, label: Int) -> (Double, [Double]) {
    let n = Double(outputs.count), target = Scale.apply(-exponent, to: 1)
    let differences = outputs.enumerated().map { $1 - ($0 == label ? target : 0) }
    let loss = differences.reduce(0) { $0 + $1 * $1 } / n
    return (Scale.apply(2 * exponent, to: loss), differences.map { 2 * $0 / n })
  }
}
