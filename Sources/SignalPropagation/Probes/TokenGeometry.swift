import Glibc
import NetworkGraph
import TensorKernels

/// How similar the steps of a sequence are within one sample: whether its tokens can still be told apart.
enum TokenGeometry {
  /// The mean cosine over pairs of steps of one sample, averaged over the samples that have two steps with a direction.
  ///
  /// From the norm of the sum of the steps' unit vectors u, without a Gram matrix: `(|sum u|^2 - n) / (n (n - 1))` for n
  /// steps. Scales drop out. Nil where the shape is no sequence of two or more steps, or no sample has two directions.
  static func meanCosine(of signal: ScaledSignal, shape: Shape?) -> Double? {
    guard case .sequence(let steps, let features) = shape, steps > 1, signal.columns == steps * features else { return nil }
    var total = 0.0, samples = 0
    var sum = [Double](repeating: 0, count: features)
    for row in 0..<signal.rows {
      for feature in 0..<features { sum[feature] = 0 }
      var count = 0.0
      for step in 0..<steps {
        let token = signal.data + row * signal.columns + step * features
        let square = Elementwise.sumOfSquares(token, count: features)
        guard square > 0, square.isFinite else { continue }
        let factor = 1 / square.squareRoot()
        for feature in 0..<features { sum[feature] += factor * Double(token[feature]) }
        count += 1
      }
      guard count > 1 else { continue }
      let square = sum.reduce(0) { $0 + $1 * $1 }
      total += min(1, max(-1, (square - count) / (count * (count - 1))))
      samples += 1
    }
    return samples > 0 ? total / Double(samples) : nil
  }
}
