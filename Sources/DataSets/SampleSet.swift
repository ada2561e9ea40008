/// Samples that an audit or a training run draws its batches from, stored compactly and converted to `Float` on demand.
public protocol SampleSet: Sendable {
  /// The set's name in reports.
  var name: String { get }
  /// The number of samples held.
  var count: Int { get }
  /// The shape of one sample: `[features]`, `[channels, height, width]` for images, or an array's axes after the first.
  var shape: [Int] { get }
  /// The class of each sample held, within `0..<classCount`; nil for an unlabelled set.
  var labels: [Int]? { get }
  /// Number of classes: the largest label in the whole file plus one; nil for an unlabelled set.
  var classCount: Int? { get }
  /// Names of the classes, `classCount` of them, where the source has them.
  var classNames: [String]? { get }
  /// Names of a table's features, where it has them.
  var featureNames: [String]? { get }
  /// Quantities to predict, `[count, targetCount]` in row-major order; nil for a set without any.
  var targets: [Float]? { get }
  /// Quantities to predict per sample; nil for a set without any.
  var targetCount: Int? { get }
  /// For token ids, one more than the largest possible id, which is the vocabulary an embedding needs; nil for other
  /// samples.
  var vocabularySize: Int? { get }
  /// The one mean and deviation that `Scaling.standardized` uses; nil where each feature has its own.
  var standardization: Standardization? { get }

  /// Writes the samples at `indices`, scaled, one after another in row-major order, (indices.count, shape).
  ///
  /// - Parameters:
  ///   - destination: exactly `indices.count * featureCount` elements.
  ///   - indices: each within `0..<count`; repetitions are allowed.
  ///   - scaling: how stored values become inputs.
  func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling)
}

/// A sample set that can be split into parts, as those of this module's readers can.
protocol DivisibleSampleSet: SampleSet {
  /// The samples at `indices`, each within `0..<count`, at least one; classes keep their numbers.
  func subset(_ indices: [Int]) -> Self
  /// These samples, scaled with the statistics of `training`, a set of the same shape.
  func scaled(like training: Self) -> Self
}

extension SampleSet {
  public var classNames: [String]? { nil }
  public var featureNames: [String]? { nil }
  public var targets: [Float]? { nil }
  public var targetCount: Int? { nil }
  public var vocabularySize: Int? { nil }

  /// The number of values of one sample: the product of `shape`.
  public var featureCount: Int { shape.reduce(1, *) }

  /// Checks what every `fill` requires of its caller.
  func checkFill(_ destination: UnsafeMutableBufferPointer<Float>, _ indices: some Collection<Int>) {
    precondition(
      destination.count == indices.count * featureCount,
      "a buffer of \(destination.count) elements for \(indices.count) samples of \(featureCount)")
    for index in indices {
      precondition(index >= 0 && index < count, "sample \(index) of a set of \(count)")
    }
  }
}
