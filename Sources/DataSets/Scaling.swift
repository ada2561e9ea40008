/// How raw sample values are scaled before they enter a network.
///
/// Of a training and a test set both use the training set's statistics, so that test values may leave the interval that
/// `unit` and `symmetric` name where a table's training rows did not span it. Token ids are never scaled.
public enum Scaling: String, Hashable, Sendable, CaseIterable {
  /// `(x - mean) / deviation`: zero mean and unit variance over the set. Images share one mean and deviation over all
  /// pixels; a table has a pair per feature. What does not vary becomes 0.
  case standardized
  /// To the interval from 0 to 1: `x / 255` for images (`x / 16` for `digits`), `(x - min) / (max - min)` per feature for
  /// tables, 0 for a feature that does not vary.
  case unit
  /// To the interval from -1 to 1: `2 u - 1`, with u as for `unit`; 0 for a feature that does not vary.
  case symmetric
  /// Unchanged: 0...255 for images.
  case raw
}

/// The mean and deviation of a standardization, in the units of the stored values.
///
/// For images these are pixel values; divided by 255 they are the pair that the literature quotes, such as 0.2860 and
/// 0.3530 for Fashion-MNIST's training set.
public struct Standardization: Hashable, Sendable {
  public var mean: Double
  /// Population standard deviation (divided by n, not n - 1).
  public var deviation: Double

  public init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Standardizes a value. Where the values do not vary, the result is 0.
  func apply(_ x: Double) -> Double { deviation > 0 ? (x - mean) / deviation : 0 }
}
