/// A histogram of a fixed subsample of the first replica, with equally spaced edges (one more than counts).
public struct Histogram: Sendable, Equatable, Encodable {
  public var edges: [Double]
  public var counts: [Int]
  package init(edges: [Double], counts: [Int]) {
    self.edges = edges
    self.counts = counts
  }
}

/// A histogram of magnitudes by binary exponent: bin i counts values with 2^(low + i) <= |x| < 2^(low + i + 1). NaN and
/// infinity are not counted.
public struct MagnitudeHistogram: Sendable, Equatable, Codable {
  public var low: Int
  public var counts: [Int]
  /// How many values are exactly 0.
  public var zeros: Int
  package init(low: Int, counts: [Int], zeros: Int) {
    self.low = low
    self.counts = counts
    self.zeros = zeros
  }

  /// How many values are not 0.
  public var nonzero: Int { counts.reduce(0, +) }

  /// How many values other than 0 are below 2^exponent.
  public func count(below exponent: Int) -> Int { counts.prefix(max(0, min(counts.count, exponent - low))).reduce(0, +) }

  /// How many values are at least 2^exponent.
  public func count(from exponent: Int) -> Int { nonzero - count(below: exponent) }
}
