import SignalPropagation
import Synchronization

/// Sums of squares of two tensors per replica, and their ratio.
final class SquareRecord: Sendable {
  private let squares = Mutex<[Int: [Double]]>([:])

  func note(_ copy: TensorCopy, as place: Int) {
    let sum = copy.values.reduce(0) { $0 + $1 * $1 }
    squares.withLock { $0[copy.replica, default: [0, 0]][place] = sum }
  }

  var ratios: [Double] { squares.withLock { $0.values.map { $0[1] / $0[0] } } }
}
