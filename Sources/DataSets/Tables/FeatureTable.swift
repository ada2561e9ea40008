/// A table of numbers: one sample a row, one feature a column, with classes where the file names them.
public struct FeatureTable: SampleSet {
  public let name: String
  public let count: Int
  /// Rows in the file, of which the first `count` are held.
  public let totalCount: Int
  /// Names of the features, where the file has them.
  public let featureNames: [String]?
  public let labels: [Int]?
  public let classCount: Int?
  /// Mean and population deviation of each feature over the rows held.
  public let featureStandardization: [Standardization]
  /// Smallest and largest value of each feature over the rows held.
  public let featureRanges: [ClosedRange<Float>]
  /// `[count, features]`, row-major.
  private let values: [Float]

  public var shape: [Int] { [featureRanges.count] }
  /// Nil: every feature has its own pair.
  public var standardization: Standardization? { nil }

  /// The most cells, held or read, of one table: 1 GiB of `Float`.
  package static let maximumCells = 1 << 28

  /// - Parameters:
  ///   - values: `[rows, features]`, row-major and finite.
  ///   - labels: a class for every row, or nil.
  ///   - classCount: the number of classes, above every label; needed where there are labels.
  ///   - totalCount: rows in the set that these are the first of; these rows by default.
  public init(
    name: String, values: [Float], features: Int, featureNames: [String]? = nil, labels: [Int]? = nil,
    classCount: Int? = nil, totalCount: Int? = nil
  ) {
    precondition(
      features > 0 && !values.isEmpty && values.count % features == 0,
      "\(values.count) values do not make rows of \(features)")
    let count = values.count / features
    precondition(
      featureNames.map { $0.count == features } ?? true, "\(featureNames?.count ?? 0) names for \(features) features")
    precondition(labels.map { $0.count == count } ?? true, "\(labels?.count ?? 0) labels for \(count) rows")
    if let labels {
      precondition(
        labels.allSatisfy { $0 >= 0 && $0 < classCount ?? 0 },
        "labels beyond \(classCount ?? 0) classes: \(labels.max() ?? 0)")
    }
    self.name = name
    self.count = count
    self.totalCount = totalCount ?? count
    self.featureNames = featureNames
    self.labels = labels
    self.classCount = labels == nil ? nil : classCount
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
            case .unit: Self.unit(value, featureRanges[feature])
            case .raw: value
            }
          output += 1
        }
      }
    }
  }

  /// In Double, where the difference of two finite Floats does not overflow.
  private static func unit(_ value: Float, _ range: ClosedRange<Float>) -> Float {
    let low = Double(range.lowerBound)
    let high = Double(range.upperBound)
    return high > low ? Float((Double(value) - low) / (high - low)) : 0
  }

  /// Two passes in Double: deviations from the mean do not cancel as a difference of squares would. A feature that does not
  /// vary has deviation 0 exactly: k equal Floats sum exactly in Double for k up to 2^29, beyond `maximumCells`.
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
