import CTensorKernels

/// Sums of the first four powers of every unit of a signal, gathered block by block of rows while the block is in cache.
///
/// With `d = (x - pivot) * scale`, pivot being the unit's value in the first row, it holds per unit the sums of d, d^2, d^3,
/// d^4 and of the unit vectors x / |row|. The pivot keeps a small spread around a large mean; the power-of-two scale, chosen
/// for that spread, keeps fourth powers within Float. Sums are Float within a block of at most 32 rows and Double across
/// blocks.
public final class MomentAccumulator {
  /// Rows per block: few enough for Float sums, and for a block of wide rows to stay in cache.
  public static let blockRows = 32

  public private(set) var units: Int
  public private(set) var rows = 0
  public private(set) var scale: Float = 1
  /// Five arrays of one sum per unit: d, d^2, d^3, d^4, unit vectors.
  public private(set) var sums: [Double] = []
  public private(set) var pivot: [Float] = []
  /// Rows that are not zero, and so have a direction.
  public private(set) var directedRows = 0
  /// Values that are NaN or infinite; counted only together with the directions.
  public private(set) var nonFinite = 0
  public private(set) var least: Float = .infinity
  public private(set) var greatest: Float = -.infinity
  private var measuresDirections = true
  private var magnitudeScale: Float = 1
  private var inverseNorms = [Float](repeating: 0, count: MomentAccumulator.blockRows)

  public init(units: Int = 0) { self.units = units }

  /// Starts again for a tensor of `units` columns whose first row is at `first`.
  public func begin(units: Int, first: UnsafePointer<Float>, scales: Scales, directions: Bool = true) {
    self.units = units
    scale = scales.deviation
    magnitudeScale = scales.magnitude
    measuresDirections = directions
    rows = 0
    directedRows = 0
    nonFinite = 0
    least = .infinity
    greatest = -.infinity
    sums.withUnsafeMutableBufferPointer { if $0.count == 5 * units { $0.update(repeating: 0) } }
    if sums.count != 5 * units { sums = [Double](repeating: 0, count: 5 * units) }
    pivot.removeAll(keepingCapacity: true)
    pivot.append(contentsOf: UnsafeBufferPointer(start: first, count: units))
  }

  /// Adds `count` contiguous rows, at most `blockRows`.
  public func add(_ x: UnsafePointer<Float>, rows count: Int) {
    var extremes: (Float, Float) = (least, greatest)
    inverseNorms.withUnsafeMutableBufferPointer { norms in
      guard let inverse = norms.baseAddress else { return }
      if measuresDirections {
        var suspicious = false
        initscope_inverse_norms(x, count, units, magnitudeScale, inverse)
        for row in 0..<count {
          if inverse[row] > 0 { directedRows += 1 } else if inverse[row].isNaN { suspicious = true }
        }
        // A norm is not finite where a value is not, or where the sum of squares overflowed: check which.
        if suspicious { nonFinite += initscope_count_nonfinite(x, count * units) }
      }
      sums.withUnsafeMutableBufferPointer { sums in
        withUnsafeMutablePointer(to: &extremes) { pair in
          pair.withMemoryRebound(to: Float.self, capacity: 2) { extremes in
            initscope_add_moments(
              x, count, units, pivot, scale, magnitudeScale, measuresDirections ? UnsafePointer(inverse) : nil,
              sums.baseAddress, extremes)
          }
        }
      }
    }
    (least, greatest) = extremes
    rows += count
  }

  /// Powers of two by which deviations and values are multiplied, so that the largest is about 2^-10 and fourth powers stay
  /// within Float.
  public struct Scales: Sendable, Hashable {
    public var deviation: Float
    public var magnitude: Float
    public init(deviation: Float, magnitude: Float) {
      self.deviation = deviation
      self.magnitude = magnitude
    }
  }

  /// Chooses the scales from at most `samples` rows at even distances; from all rows where those do not vary. A signal of
  /// zeros gives 1.
  public static func scales(sampling x: UnsafePointer<Float>, rows: Int, columns: Int, samples: Int = 4) -> Scales {
    let sampled = min(rows, samples)
    let pivot = initscope_largest_magnitude(x, columns)
    func largestDeviation(among sampled: Int) -> Float {
      var largest: Float = 0
      for index in 1..<max(1, sampled) {
        largest = max(largest, initscope_largest_difference(x + index * (rows / sampled) * columns, x, columns))
      }
      return largest
    }
    var deviation = largestDeviation(among: sampled)
    if deviation == 0, sampled < rows { deviation = largestDeviation(among: rows) }
    let magnitude = max(pivot, deviation)
    return Scales(deviation: scale(for: deviation > 0 ? deviation : magnitude), magnitude: scale(for: magnitude))
  }

  private static func scale(for largest: Float) -> Float {
    guard largest > 0 else { return 1 }
    // Both the scale and its inverse must be normal floats.
    return Float(sign: .plus, exponent: min(max(-10 - Int(largest.exponent), -120), 120), significand: 1)
  }
}
