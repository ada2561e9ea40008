import CTensorKernels

/// Elementwise operations on arrays of Float.
public enum Elementwise {
  /// Adds `bias` (one value per column) to each row.
  public static func addBias(_ bias: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    initscope_add_bias(x, rows, columns, bias)
  }

  /// The sum of each column of a row-major matrix.
  public static func columnSums(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    initscope_column_sums(x, rows, columns, sums)
  }

  /// Multiplies `g` by `slope` and counts, per column, the rows where |slope| is below `threshold`.
  public static func multiply(
    _ g: UnsafeMutablePointer<Float>, by slope: UnsafePointer<Float>, rows: Int, columns: Int,
    countingBelow threshold: Float,
    into counts: UnsafeMutablePointer<UInt32>
  ) {
    initscope_multiply_counting(g, slope, rows, columns, threshold, counts)
  }

  public static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    initscope_add(y, x, count)
  }

  public static func scale(_ y: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
    initscope_scale(y, factor, count)
  }

  public static func nonFiniteCount(_ x: UnsafePointer<Float>, count: Int) -> Int {
    initscope_count_nonfinite(x, count)
  }

  /// The largest finite magnitude; 0 where there is none.
  public static func largestMagnitude(_ x: UnsafePointer<Float>, count: Int) -> Float {
    initscope_largest_magnitude(x, count)
  }

  /// Counts values into `bins` equal bins over [low, high]; values outside go to the first or last bin, NaNs are left out.
  public static func histogram(_ x: UnsafePointer<Float>, count: Int, low: Float, high: Float, bins: Int) -> [Int] {
    precondition(bins > 0 && low < high, "a histogram needs bins and low < high, got \(bins) bins over \(low)...\(high)")
    var counts = [UInt64](repeating: 0, count: bins)
    initscope_histogram(x, count, low, Float(bins) / (high - low), bins, &counts)
    return counts.map(Int.init)
  }
}
