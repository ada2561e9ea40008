import Execution
import Glibc
import NetworkGraph
import TensorKernels

/// The pre-activations of all gates of a recurrent layer that a graph writes out, put together as they come: a row for each
/// sample, with the gates of each step one after another.
final class WrittenGates {
  private let pieces: Int
  private var signal: ScaledSignal?
  /// The exponent of each piece; nil until it is there.
  private var exponents: [Double?]

  /// Makes an empty one for so many pieces: the number of steps times that of gates.
  init(pieces: Int) {
    self.pieces = pieces
    exponents = Array(repeating: nil, count: pieces)
  }

  /// Takes one gate of one step, of samples times units.
  ///
  /// - Returns: All gates in one scale, once the last has come; nil before.
  /// - Throws: `OutOfMemory`.
  func take(_ tensor: Tensor, at place: Int, units: Int, pool: BufferPool) throws -> ScaledSignal? {
    let rows = tensor.count / units, columns = pieces * units
    let signal = try self.signal ?? ScaledSignal(rows: rows, columns: columns, exponent: 0, pool: pool)
    self.signal = signal
    guard rows == signal.rows else { return nil }
    for row in 0..<rows {
      (signal.data + row * columns + place * units).update(from: tensor.floats + row * units, count: units)
    }
    exponents[place] = tensor.exponent
    let known = exponents.compactMap(\.self)
    guard known.count == pieces, let largest = known.max() else { return nil }
    for (place, exponent) in known.enumerated() where exponent != largest {
      let factor = Float(exp2(exponent - largest))
      for row in 0..<rows {
        let piece = signal.data + row * columns + place * units
        for unit in 0..<units { piece[unit] *= factor }
      }
    }
    self.signal = nil
    signal.exponent = largest
    return signal
  }
}
