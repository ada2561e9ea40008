import DataSets
import TensorKernels

/// Samples with their answers, in memory once for all runs.
public final class SampleTable: Sendable {
  public let count: Int
  public let features: Int
  /// The classes; empty for regression.
  public let labels: [Int32]
  public let classCount: Int
  /// Names of the classes, where the source has them.
  public let classNames: [String]?
  /// Quantities to predict, `outputs` per sample; empty for classes.
  public let targets: [Float]
  package let values: [Float]

  /// Makes a table of a set's samples at `indices` with their answers. Of a set with both classes and quantities it takes
  /// the classes, unless quantities are preferred.
  public convenience init(
    _ set: any SampleSet, indices: [Int]? = nil, scaling: Scaling, prefersQuantities: Bool = false
  ) {
    let indices = indices ?? Array(0..<set.count)
    let values = [Float](unsafeUninitializedCapacity: indices.count * set.featureCount) { buffer, count in
      set.fill(
        UnsafeMutableBufferPointer(rebasing: buffer[..<(indices.count * set.featureCount)]), indices: indices,
        scaling: scaling)
      count = indices.count * set.featureCount
    }
    let isQuantity = set.targets != nil && (prefersQuantities || set.labels == nil)
    let targets = isQuantity ? set.targets : nil, outputs = (targets?.count ?? 0) / max(1, set.count)
    self.init(
      values: values, features: set.featureCount,
      labels: isQuantity ? [] : set.labels.map { all in indices.map { Int32(all[$0]) } } ?? [],
      classCount: isQuantity ? 0 : set.classCount ?? 0, classNames: set.classNames,
      targets: targets.map { all in indices.flatMap { all[($0 * outputs)..<(($0 + 1) * outputs)] } } ?? [])
  }

  public init(
    values: [Float], features: Int, labels: [Int32] = [], classCount: Int = 0, classNames: [String]? = nil,
    targets: [Float] = []
  ) {
    precondition(features > 0 && values.count % features == 0, "\(values.count) values of \(features) features")
    count = values.count / features
    precondition(labels.isEmpty || labels.count == count, "\(labels.count) labels for \(count) samples")
    precondition(labels.allSatisfy { $0 >= 0 && $0 < classCount }, "labels must lie in 0..<\(classCount)")
    precondition(targets.isEmpty || targets.count % count == 0, "\(targets.count) targets for \(count) samples")
    self.values = values
    self.features = features
    self.labels = labels
    self.classCount = classCount
    self.classNames = labels.isEmpty ? nil : classNames
    self.targets = targets
  }

  /// The values of all samples, one after another.
  public var sampleValues: [Float] { values }

  /// A table of some of the samples.
  public func subset(_ indices: Range<Int>) -> SampleTable {
    let outputs = targets.count / max(1, count)
    return SampleTable(
      values: Array(values[(indices.lowerBound * features)..<(indices.upperBound * features)]), features: features,
      labels: labels.isEmpty ? [] : Array(labels[indices]), classCount: classCount,
      classNames: classNames, targets: Array(targets[(indices.lowerBound * outputs)..<(indices.upperBound * outputs)]))
  }

  /// The same samples with every value changed.
  public func mapped(_ transform: (Float) -> Float) -> SampleTable {
    SampleTable(
      values: values.map(transform), features: features, labels: labels, classCount: classCount, classNames: classNames,
      targets: targets)
  }

  /// The first value that is no token id of a table of `vocabulary` rows, and where it is; nil where all are ids.
  func strayID(_ vocabulary: Int) -> (value: Float, sample: Int, position: Int)? {
    values.firstIndex { !($0 >= 0 && $0 < Float(vocabulary) && $0 == $0.rounded()) }
      .map { (values[$0], $0 / features, $0 % features) }
  }

  /// Copies the samples at `indices` one after another.
  func gather(_ indices: ArraySlice<Int>, into batch: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { all in
      guard let base = all.baseAddress else { return }
      for (row, index) in indices.enumerated() {
        (batch + row * features).update(from: base + index * features, count: features)
      }
    }
  }
}

/// Training, validation and test samples.
public struct TrainingData: Sendable {
  public var name: String
  public var training: SampleTable
  public var validation: SampleTable?
  public var test: SampleTable?
  /// How the samples were scaled; nil where they are unchanged.
  public var scaling: Scaling?

  public init(name: String, training: SampleTable, validation: SampleTable? = nil, test: SampleTable? = nil) {
    self.name = name
    self.training = training
    self.validation = validation
    self.test = test
  }
}
