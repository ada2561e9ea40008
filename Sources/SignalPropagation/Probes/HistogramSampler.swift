import NetworkGraph
import TensorKernels

/// Gathers a fixed subsample of a signal, whole rows at even distances, for its histogram.
struct HistogramSampler {
  /// Values in a histogram's subsample, at most.
  static let capacity = 16_384
  static let bins = 64

  private let stride: Int
  private let rowsWanted: Int
  private let perRow: Int
  private let columns: Int
  private(set) var values: [Float] = []

  init(rows: Int, columns: Int) {
    self.columns = columns
    perRow = min(columns, Self.capacity)
    rowsWanted = max(1, min(rows, Self.capacity / perRow))
    stride = rows / rowsWanted
    values.reserveCapacity(rowsWanted * perRow)
  }

  /// Takes from a block of rows those that belong to the subsample.
  mutating func take(_ block: UnsafePointer<Float>, firstRow: Int, rows: Int) {
    for row in 0..<rows where (firstRow + row) % stride == 0 && (firstRow + row) / stride < rowsWanted {
      values.append(contentsOf: UnsafeBufferPointer(start: block + row * columns, count: perRow))
    }
  }

  /// The histogram of the subsample over its own range, in true units; nil for a constant or non-finite sample.
  func histogram(exponent: Double) -> Histogram? {
    var low = Float.infinity, high = -Float.infinity
    for value in values {
      guard value.isFinite else { return nil }
      low = min(low, value)
      high = max(high, value)
    }
    guard low < high, (high - low).isFinite, Float(Self.bins) / (high - low) < .infinity else { return nil }
    let counts = Elementwise.histogram(values, count: values.count, low: low, high: high, bins: Self.bins)
    let width = (Double(high) - Double(low)) / Double(Self.bins)
    let edges = (0...Self.bins).map { Scale.apply(exponent, to: Double(low) + Double($0) * width) }
    return Histogram(edges: edges, counts: counts)
  }
}
