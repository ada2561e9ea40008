extension SampleSet {
  /// Names of a table's features whose values are no classes: not all of them are whole numbers from 0.
  var quantities: Set<String> {
    guard let names = featureNames else { return [] }
    let whole = wholeColumns
    return Set(names.enumerated().filter { !whole.contains($0.offset) }.map(\.element))
  }

  /// The places of a table's columns that hold nothing but whole numbers from 0, as classes and their codes do.
  var wholeColumns: [Int] {
    if let fitted = self as? FittedSamples { return fitted.base.wholeColumns }
    guard let table = self as? FeatureTable, shape.count == 1 else { return [] }
    let features = featureCount
    return (0..<features).filter { column in
      stride(from: column, to: table.values.count, by: features).allSatisfy { place in
        let value = table.values[place]
        return value >= 0 && value == value.rounded()
      }
    }
  }
}
