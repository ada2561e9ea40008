import Glibc
import NetworkGraph
import TensorKernels

/// Collects a fixed subsample of a signal, whole rows at even distances, for its histograms.
struct HistogramSampler {
  /// The most values of a histogram's subsample.
  static let capacity = 16_384
  /// The most bins.
  static let mostBins = 50

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

  /// Copies those rows of a block that belong to the subsample.
  mutating func take(_ block: UnsafePointer<Float>, firstRow: Int, rows: Int) {
    for row in 0..<rows where (firstRow + row) % stride == 0 && (firstRow + row) / stride < rowsWanted {
      values.append(contentsOf: UnsafeBufferPointer(start: block + row * columns, count: perRow))
    }
  }

  /// Counts the subsample's values by binary exponent, in true units.
  ///
  /// The bits hold the exponent already, so that one shift a value does. Denormals, which the engine flushes, count as
  /// zeros.
  func magnitudes(exponent: Double) -> MagnitudeHistogram {
    var counts = [Int](repeating: 0, count: 256)
    counts.withUnsafeMutableBufferPointer { counts in
      values.withUnsafeBufferPointer { for value in $0 { counts[Int((value.bitPattern >> 23) & 0xFF)] += 1 } }
    }
    let zeros = counts[0]
    let present = counts[1..<255].indices.filter { counts[$0] > 0 }
    guard let first = present.first, let last = present.last else {
      return MagnitudeHistogram(low: 0, counts: [], zeros: zeros)
    }
    return MagnitudeHistogram(low: first - 127 + Int(exponent), counts: Array(counts[first...last]), zeros: zeros)
  }

  /// Makes the histogram of the subsample in true units; nil for a constant or non-finite sample.
  ///
  /// The bins' width is a decimal of two digits and edges are its multiples, so that they read well: at most `mostBins`
  /// cover the sample. Values that equal an edge to Float's precision may be counted on either side.
  func histogram(exponent: Double) -> Histogram? {
    var low = Float.infinity, high = -Float.infinity
    for value in values {
      guard value.isFinite else { return nil }
      low = min(low, value)
      high = max(high, value)
    }
    let trueLow = Scale.apply(exponent, to: Double(low)), trueHigh = Scale.apply(exponent, to: Double(high))
    guard let grid = DecimalGrid(low: trueLow, high: trueHigh, mostCells: Self.mostBins) else { return nil }
    let edges = grid.edges
    // Values are counted as stored, so the edges are divided by the exponent's power of two.
    let first = Float(Scale.apply(-exponent, to: edges[0])), last = Float(Scale.apply(-exponent, to: edges[edges.count - 1]))
    guard first < last, (last - first).isFinite, Float(edges.count - 1) / (last - first) < .infinity else { return nil }
    let counts = Elementwise.histogram(values, count: values.count, low: first, high: last, bins: edges.count - 1)
    return Histogram(edges: edges, counts: counts)
  }
}

/// Cells of equal width over an interval, with edges that are short decimals.
struct DecimalGrid {
  /// The edges are `index * mantissa * 10^power`.
  private let mantissa: Int
  private let power: Int
  private let indices: ClosedRange<Int>

  /// Chooses at most `mostCells` cells that cover [low, high]; nil where the interval is empty, infinite or too far from
  /// zero for its width.
  init?(low: Double, high: Double, mostCells: Int) {
    let width = (high - low) / Double(mostCells - 1)
    guard width > 1e-290, width.isFinite, max(abs(low), abs(high)) / width < 1e9 else { return nil }
    var power = Int(log10(width).rounded(.down)) - 1
    var mantissa = Int((width / pow(10, Double(power))).rounded(.up))
    if mantissa >= 100 {
      mantissa = 10
      power += 1
    }
    self.mantissa = mantissa
    self.power = power
    let step = Double(mantissa) * pow(10, Double(power))
    indices = Int((low / step).rounded(.down))...max(Int((high / step).rounded(.up)), Int((low / step).rounded(.down)) + 1)
  }

  /// The edges, one more than there are cells. A product or quotient of whole numbers is rounded once, to the nearest
  /// decimal.
  var edges: [Double] {
    indices.map { index in
      let units = Double(index * mantissa)
      return power >= 0 ? units * pow(10, Double(power)) : units / pow(10, Double(-power))
    }
  }
}
