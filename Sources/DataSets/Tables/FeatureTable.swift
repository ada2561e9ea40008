/// A table of numbers with one sample per row and one feature per column, and classes or quantities to predict where there
/// are any. Arrays of more axes are tables, too, that remember their axes.
public struct FeatureTable: DivisibleSampleSet {
  public let name: String
  public let count: Int
  /// The number of rows in the file; the first `count` of them are held.
  public let totalCount: Int
  /// Names of the features, where the file has them.
  public let featureNames: [String]?
  public let labels: [Int]?
  public let classCount: Int?
  public let classNames: [String]?
  public let targets: [Float]?
  public let targetCount: Int?
  /// The mean and population deviation of each feature over the rows held; for a test set, over the training set's.
  public private(set) var featureStandardization: [Standardization]
  /// The smallest and largest value of each feature, over the same rows.
  public private(set) var featureRanges: [ClosedRange<Float>]
  /// The values, (count, features), row-major.
  let values: [Float]

  public let shape: [Int]
  /// Nil, since every feature has its own mean and deviation.
  public var standardization: Standardization? { nil }

  /// The most cells of one table: 1 GiB of `Float`.
  package static let maximumCells = 1 << 28

  /// Makes a table from values in memory.
  ///
  /// - Parameters:
  ///   - name: what the set is called.
  ///   - values: `[rows, features]`, row-major and finite.
  ///   - features: numbers in each row.
  ///   - featureNames: what the columns are called, or nil.
  ///   - labels: a class for every row, or nil.
  ///   - classCount: the number of classes, above every label; needed where there are labels.
  ///   - classNames: what the classes are called, or nil.
  ///   - targets: the same number of finite quantities to predict for every row, row-major, or nil.
  ///   - totalCount: rows in the set that these are the first of; these rows by default.
  ///   - shape: a sample's axes, whose product is `features`; one axis by default.
  public init(
    name: String, values: [Float], features: Int, featureNames: [String]? = nil, labels: [Int]? = nil,
    classCount: Int? = nil, classNames: [String]? = nil, targets: [Float]? = nil, totalCount: Int? = nil,
    shape: [Int]? = nil
  ) {
    precondition(
      features > 0 && !values.isEmpty && values.count % features == 0,
      "\(values.count) values do not make rows of \(features)")
    let count = values.count / features
    precondition(
      featureNames.map { $0.count == features } ?? true, "\(featureNames?.count ?? 0) names for \(features) features")
    precondition(labels.map { $0.count == count } ?? true, "\(labels?.count ?? 0) labels for \(count) rows")
    precondition((shape ?? [features]).reduce(1, *) == features, "the axes \(shape ?? []) for \(features) features")
    precondition(
      classNames.map { $0.count == classCount } ?? true, "\(classNames?.count ?? 0) names for \(classCount ?? 0) classes")
    if let labels {
      precondition(
        labels.allSatisfy { $0 >= 0 && $0 < classCount ?? 0 },
        "labels beyond \(classCount ?? 0) classes: \(labels.max() ?? 0)")
    }
    precondition(
      targets.map { !$0.isEmpty && $0.count % count == 0 } ?? true, "\(targets?.count ?? 0) targets for \(count) rows")
    self.name = name
    self.count = count
    self.totalCount = totalCount ?? count
    self.featureNames = featureNames
    self.labels = labels
    self.classCount = labels == nil ? nil : classCount
    self.classNames = labels == nil ? nil : classNames
    self.shape = shape ?? [features]
    self.targets = targets
    targetCount = targets.map { $0.count / count }
    self.values = values
    (featureStandardization, featureRanges) = Self.summarize(values, features)
  }

  public func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    checkFill(destination, indices)
    let features = featureCount
    values.withUnsafeBufferPointer { values in
      var output = 0
      for index in indices {
        for feature in 0..<features {
          let value = values[index * features + feature]
          destination[output] =
            switch scaling {
            case .standardized: Float(featureStandardization[feature].apply(Double(value)))
            case .unit: Self.interpolate(value, featureRanges[feature], from: 0)
            case .symmetric: Self.interpolate(value, featureRanges[feature], from: -1)
            case .raw: value
            }
          output += 1
        }
      }
    }
  }

  /// These rows with other answers.
  func labelled(_ answers: Answers?, classCount: Int?) -> FeatureTable {
    FeatureTable(
      name: name, values: values, features: featureCount, featureNames: featureNames, labels: answers?.labels,
      classCount: classCount, classNames: answers?.names, targets: answers?.targets, totalCount: totalCount, shape: shape)
  }

  /// The rows at `indices`, each within `0..<count`, at least one; classes keep their numbers.
  public func subset(_ indices: [Int]) -> FeatureTable {
    precondition(!indices.isEmpty && indices.allSatisfy { $0 >= 0 && $0 < count }, "indices beyond \(count) rows, or none")
    func rows(_ array: [Float], _ width: Int) -> [Float] { indices.flatMap { array[$0 * width..<($0 + 1) * width] } }
    return FeatureTable(
      name: name, values: rows(values, featureCount), features: featureCount, featureNames: featureNames,
      labels: labels.map { labels in indices.map { labels[$0] } }, classCount: classCount, classNames: classNames,
      targets: targets.map { rows($0, targetCount ?? 1) }, totalCount: totalCount, shape: shape)
  }

  /// These rows, scaled with the statistics of `training`, as a test set should be.
  public func scaled(like training: FeatureTable) -> FeatureTable {
    precondition(training.featureCount == featureCount, "\(featureCount) features scaled like \(training.featureCount)")
    var table = self
    table.featureStandardization = training.featureStandardization
    table.featureRanges = training.featureRanges
    return table
  }

  /// Maps `range` to `low...1`, or to 0 where it is a point. In Double the difference of two finite Floats does not
  /// overflow.
  private static func interpolate(_ value: Float, _ range: ClosedRange<Float>, from low: Double) -> Float {
    let start = Double(range.lowerBound)
    let width = Double(range.upperBound) - start
    return width > 0 ? Float(low + (1 - low) * ((Double(value) - start) / width)) : 0
  }

  /// Computes mean and deviation in two passes in Double, since a difference of squares would cancel. A feature that does
  /// not vary has deviation 0 exactly: k equal Floats sum exactly in Double for k up to 2^29, beyond `maximumCells`.
  private static func summarize(_ values: [Float], _ features: Int) -> ([Standardization], [ClosedRange<Float>]) {
    let rows = values.count / features
    var sums = [Double](repeating: 0, count: features)
    var squares = sums
    var low = Array(values.prefix(features))
    var high = low
    for row in 0..<rows {
      for feature in 0..<features {
        let value = values[row * features + feature]
        sums[feature] += Double(value)
        low[feature] = min(low[feature], value)
        high[feature] = max(high[feature], value)
      }
    }
    let means = sums.map { $0 / Double(rows) }
    for row in 0..<rows {
      for feature in 0..<features {
        let difference = Double(values[row * features + feature]) - means[feature]
        squares[feature] += difference * difference
      }
    }
    let standardization = zip(means, squares).map { mean, square in
      Standardization(mean: mean, deviation: (square / Double(rows)).squareRoot())
    }
    return (standardization, zip(low, high).map { $0...$1 })
  }
}
