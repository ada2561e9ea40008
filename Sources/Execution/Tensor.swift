import NetworkGraph
import OperatorKernels
import TensorKernels

/// A tensor that a run holds: elements in a buffer of its pool, true values being data times 2^exponent.
public final class Tensor {
  public let type: ValueType
  public internal(set) var exponent: Double
  private let buffer: FloatBuffer
  private let pool: BufferPool?

  /// Takes memory from a pool, to which it goes back at the end.
  init(_ type: ValueType, exponent: Double = 0, pool: BufferPool) throws(OutOfMemory) {
    self.type = type
    self.exponent = exponent
    self.pool = pool
    buffer = try pool.take(max(1, (type.bytes + 3) / 4))
  }

  /// Wraps memory that somebody else owns and that must not be written.
  init(_ type: ValueType, exponent: Double = 0, holding buffer: FloatBuffer) {
    self.type = type
    self.exponent = exponent
    self.buffer = buffer
    pool = nil
  }

  deinit { pool?.give(buffer) }

  public var shape: TensorShape { type.shape }
  public var count: Int { type.shape.count }
  public var view: TensorView { TensorView(type, UnsafeMutableRawPointer(buffer.pointer)) }
  public var floats: UnsafeMutablePointer<Float> { buffer.pointer }

  /// Whether there is a finite element other than zero, so that the exponent says something.
  var hasSize: Bool { Elementwise.largestMagnitude(floats, count: count) > 0 }

  /// The tensor as an operator's input, as far as its scale goes.
  var operand: ScaledOperand {
    ScaledOperand(exponent: exponent) { [self] in Elementwise.largestMagnitude(floats, count: count) }
  }

  /// The same values in another scale, in memory of their own.
  ///
  /// - Parameters:
  ///   - target: The exponent of the copy.
  ///   - most: What a larger exponent of this tensor is taken as; nil to take it as it is.
  ///   - pool: Where memory comes from.
  /// - Throws: `OutOfMemory`.
  func copy(exponent target: Double, takenAs most: Double? = nil, pool: BufferPool) throws(OutOfMemory) -> Tensor {
    let copy = try Tensor(type, exponent: min(exponent, most ?? exponent), pool: pool)
    copy.floats.update(from: floats, count: count)
    copy.rescale(to: target)
    return copy
  }

  /// Multiplies the data so that they have another exponent; what leaves Float's range is lost.
  func rescale(to target: Double) {
    // In steps for which Float has a factor; after three, everything is zero or infinite.
    var left = min(max(exponent - target, -378), 378)
    while left != 0 {
      let step = min(max(left, -126), 126)
      Elementwise.scale(floats, by: PowerOfTwo.factor(step), count: count)
      left -= step
    }
    exponent = target
  }
}

/// Powers of two as scales.
enum PowerOfTwo {
  /// How far magnitudes may be from 1 before data are scaled: 2^+-20, far inside Float's range.
  static let comfort = 20
  /// The scale beyond which values that saturate need not be told apart: comfortable data are finite in it.
  static let saturation = 64.0
  /// Exponents are whole numbers, which Double counts exactly up to 2^53.
  static let cap = 0x1p50

  /// `2^exponent` as a normal Float; exponents beyond its range are limited to its ends.
  static func factor(_ exponent: Double) -> Float {
    Float(sign: .plus, exponent: Int(min(max(exponent, -126), 127)), significand: 1)
  }

  static func capped(_ exponent: Double) -> Double { min(max(exponent, -cap), cap) }
}
