import Glibc
import TensorKernels

/// A batch of signals, (samples, units) row-major, whose true value is `data * 2^exponent`.
///
/// The exponent is a whole number held in a Double, so that it can follow a signal far outside Float's range.
final class ScaledSignal {
  /// The largest magnitude of exponents: a Double counts whole numbers exactly up to 2^53.
  static let exponentCap = 0x1p50

  let rows: Int
  let columns: Int
  var exponent: Double { didSet { exponent = Scale.capped(exponent) } }
  /// log2 of the true root mean square; nil for a zero signal or one that was not measured.
  var log2RMS: Double?
  let data: UnsafeMutablePointer<Float>
  private let buffer: FloatBuffer?
  private let pool: BufferPool?

  init(rows: Int, columns: Int, exponent: Double = 0, pool: BufferPool) throws(OutOfMemory) {
    self.rows = rows
    self.columns = columns
    self.exponent = Scale.capped(exponent)
    self.pool = pool
    let buffer = try pool.take(rows * columns)
    self.buffer = buffer
    data = buffer.pointer
  }

  /// Looks at memory that somebody else owns, for as long as it is there.
  init(rows: Int, columns: Int, exponent: Double, borrowing data: UnsafeMutablePointer<Float>) {
    self.rows = rows
    self.columns = columns
    self.exponent = Scale.capped(exponent)
    self.data = data
    (buffer, pool) = (nil, nil)
  }

  deinit { if let buffer { pool?.give(buffer) } }

  var count: Int { rows * columns }
}

/// Arithmetic on numbers that carry a binary exponent.
enum Scale {
  /// Computes `x * 2^exponent`; 0 or infinite beyond Double's range.
  static func apply(_ exponent: Double, to x: Double) -> Double {
    exponent == 0 ? x : scalbn(x, Int32(min(max(exponent, -100_000), 100_000)))
  }

  /// `2^exponent` as a normal Float; exponents beyond its range are limited to its ends.
  static func factor(_ exponent: Double) -> Float {
    Float(sign: .plus, exponent: Int(min(max(exponent, -126), 127)), significand: 1)
  }

  static func capped(_ exponent: Double) -> Double {
    min(max(exponent, -ScaledSignal.exponentCap), ScaledSignal.exponentCap)
  }

  /// The exponent for a signal whose log2 RMS is expected to be near `log2RMS`: 0 within `2^+-comfort`.
  ///
  /// It is not capped: data are brought to about 1 by it even where the signal then keeps a capped one.
  static func exponent(expecting log2RMS: Double?, comfort: Double) -> Double {
    guard let log2RMS, log2RMS.isFinite, abs(log2RMS) > comfort else { return 0 }
    return log2RMS.rounded()
  }
}
