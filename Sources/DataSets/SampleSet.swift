/// Samples that an audit or a training run draws its batches from, stored compactly and converted to `Float` on demand.
public protocol SampleSet: Sendable {
  /// What the set is called in reports.
  var name: String { get }
  /// Samples held.
  var count: Int { get }
  /// Shape of one sample: `[features]`, `[channels, height, width]` for images, or an array's axes behind the first.
  var shape: [Int] { get }
  /// A class for each sample held, within `0..<classCount`; nil for an unlabelled set.
  var labels: [Int]? { get }
  /// Number of classes: the largest label in the whole file plus one; nil for an unlabelled set.
  var classCount: Int? { get }
  /// What the classes are called, where the source names them: `classCount` names.
  var classNames: [String]? { get }
  /// Names of a table's features, where it has them.
  var featureNames: [String]? { get }
  /// Quantities to predict, `[count, targetCount]` in row-major order; nil for a set without any.
  var targets: [Float]? { get }
  /// Quantities to predict per sample; nil for a set without any.
  var targetCount: Int? { get }
  /// For sequences of token ids, one above the largest id there can be: what an embedding needs. Nil for other samples.
  var vocabularySize: Int? { get }
  /// The one pair that `Scaling.standardized` uses; nil where each feature has its own.
  var standardization: Standardization? { get }

  /// Writes the samples at `indices`, scaled, one after another in row-major order (`[indices.count] + shape`).
  ///
  /// - Parameters:
  ///   - destination: exactly `indices.count * featureCount` elements.
  ///   - indices: each within `0..<count`; repetitions are allowed.
  ///   - scaling: how stored values become inputs.
  func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling)
}

/// A set that can be cut in parts: what the readers of this module make.
protocol DivisibleSampleSet: SampleSet {
  /// The samples at `indices`, each within `0..<count`, at least one; classes keep their numbers.
  func subset(_ indices: [Int]) -> Self
  /// These samples, scaled by the statistics of `training`, a set of the same shape.
  func scaled(like training: Self) -> Self
}

extension SampleSet {
  public var classNames: [String]? { nil }
  public var featureNames: [String]? { nil }
  public var targets: [Float]? { nil }
  public var targetCount: Int? { nil }
  public var vocabularySize: Int? { nil }

  /// Elements of one sample: the product of `shape`.
  public var featureCount: Int { shape.reduce(1, *) }

  /// What every `fill` requires of its caller.
  func checkFill(_ destination: UnsafeMutableBufferPointer<Float>, _ indices: some Collection<Int>) {
    precondition(
      destination.count == indices.count * featureCount,
      "a buffer of \(destination.count) elements for \(indices.count) samples of \(featureCount)")
    for index in indices {
      precondition(index >= 0 && index < count, "sample \(index) of a set of \(count)")
    }
  }
}
