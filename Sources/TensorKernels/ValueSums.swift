import CTensorKernels

/// Moments, extremes and counts of a tensor's values, gathered in one pass over blocks of a file.
///
/// Powers are of `x - pivot`, pivot being the first finite value, so that a small spread about a large mean keeps its
/// digits. What is not finite is counted and left out of the rest.
package struct ValueSums: Sendable {
  /// The element type of a block of bytes.
  package enum Element: Sendable {
    case float64, float32, float16, bfloat16, float8e4m3, float8e5m2
    case int64, int32, int16, int8, uint64, uint32, uint16, uint8

    fileprivate var kernel: initscope_element {
      switch self {
      case .float64: initscope_float64
      case .float32: initscope_float32
      case .float16: initscope_float16
      case .bfloat16: initscope_bfloat16
      case .float8e4m3: initscope_float8_e4m3
      case .float8e5m2: initscope_float8_e5m2
      case .int64: initscope_int64
      case .int32: initscope_int32
      case .int16: initscope_int16
      case .int8: initscope_int8
      case .uint64: initscope_uint64
      case .uint32: initscope_uint32
      case .uint16: initscope_uint16
      case .uint8: initscope_uint8
      }
    }
  }

  private var sums: initscope_value_sums
  private var pivot: Double?

  package init() {
    sums = initscope_value_sums()
    sums.least = .infinity
    sums.greatest = -.infinity
    sums.least_magnitude = .infinity
  }

  /// Values that are finite, and those that are not.
  package var finite: Int { Int(sums.finite) }
  package var nans: Int { Int(sums.nans) }
  package var infinities: Int { Int(sums.infinities) }
  package var zeros: Int { Int(sums.zeros) }
  /// Over the finite values; nil where there are none.
  package var least: Double? { finite > 0 ? sums.least : nil }
  package var greatest: Double? { finite > 0 ? sums.greatest : nil }
  /// The least magnitude of a finite value that is not zero.
  package var leastMagnitude: Double? { sums.least_magnitude < .infinity ? sums.least_magnitude : nil }

  /// The moments of the finite values; nil where there are none.
  package var moments: Moments? {
    guard finite > 0 else { return nil }
    let n = Double(finite), m = sums.first / n
    // Central moments from those about the pivot.
    let second = sums.second / n, third = sums.third / n, fourth = sums.fourth / n
    // Squares of values beyond 1e154 leave the range of doubles.
    let spread = second - m * m
    let variance = sums.least == sums.greatest ? 0 : spread.isFinite ? max(0, spread) : .infinity
    let mean = sums.least == sums.greatest ? sums.least : (pivot ?? 0) + m
    let central4 = fourth - 4 * m * third + 6 * m * m * second - 3 * m * m * m * m
    let kurtosis = variance > 0 ? central4 / (variance * variance) : .nan
    return Moments(mean: mean, variance: variance, kurtosis: kurtosis)
  }

  package struct Moments: Sendable, Equatable {
    package var mean: Double
    /// About the mean, divided by the number of values.
    package var variance: Double
    /// Fourth central moment over the square of the variance: 3 for a normal law; NaN where nothing varies.
    package var kurtosis: Double
  }

  /// Adds the values of a run, such as a row or a part of one; returns their sums of d and d^2 about the pivot.
  package mutating func add(_ values: UnsafeBufferPointer<Double>) -> (first: Double, second: Double) {
    guard let start = values.baseAddress, !values.isEmpty else { return (0, 0) }
    if pivot == nil { pivot = values.first { $0.isFinite } }
    var run: (Double, Double) = (0, 0)
    withUnsafeMutableBytes(of: &run) { raw in
      let pair = raw.bindMemory(to: Double.self)
      initscope_add_values(start, values.count, pivot ?? 0, &sums, pair.baseAddress)
    }
    return run
  }

  /// The pivot from which a run's sums are counted; 0 as long as no value was finite.
  package var origin: Double { pivot ?? 0 }

  /// Converts a block's elements to Double, exactly.
  package static func widen(_ bytes: UnsafeRawPointer, _ element: Element, count: Int, to wide: UnsafeMutablePointer<Double>)
  {
    initscope_widen(bytes, element.kernel, count, wide)
  }

  /// The bits that any of so many 32-bit words has.
  package static func usedBits(_ words: UnsafeRawPointer, count: Int) -> UInt32 { initscope_used_bits(words, count) }
}
