extension SampleSet {
  /// Names of a table's features whose values are no classes: not all of them are whole numbers from 0.
  var quantities: Set<String> {
    if let fitted = self as? FittedSamples { return fitted.base.quantities }
    guard let table = self as? FeatureTable, let names = table.featureNames else { return [] }
    let features = names.count
    return Set(
      names.enumerated().filter { column, _ in
        stride(from: column, to: table.values.count, by: features).contains { place in
          let value = table.values[place]
          return value < 0 || value != value.rounded()
        }
      }.map(\.element))
  }
}
