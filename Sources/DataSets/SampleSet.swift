/// Samples that an audit or a training run draws its batches from, stored compactly and converted to `Float` on demand.
public protocol SampleSet: Sendable {
  /// What the set is called in reports.
  var name: String { get }
  /// Samples held.
  var count: Int { get }
  /// Shape of one sample: `[features]`, or `[channels, height, width]` for images.
  var shape: [Int] { get }
  /// A class for each sample held, within `0..<classCount`; nil for an unlabelled set.
  var labels: [Int]? { get }
  /// Number of classes: the largest label in the whole file plus one; nil for an unlabelled set.
  var classCount: Int? { get }
  /// The one pair that `Scaling.standardized` uses; nil where each feature has its own.
  var standardization: Standardization? { get }

  /// Writes the samples at `indices`, scaled, one after another in row-major order (`[indices.count] + shape`).
  ///
  /// - Parameters:
  ///   - destination: exactly `indices.count * featureCount` elements.
  ///   - indices: each within `0..<count`; repetitions are allowed.
  func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling)
}

extension SampleSet {
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
