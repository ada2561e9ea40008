/// A data set as training uses it: what is learnt from, and what was held out to judge by.
public struct DataSplits: Sendable {
  /// The source as it is written on the command line.
  public var name: String
  public var training: any SampleSet
  /// Of the same shape, classes and vocabulary, scaled by the training set's statistics. Nil where the source has none.
  public var test: (any SampleSet)?

  public init(name: String, training: any SampleSet, test: (any SampleSet)?) {
    self.name = name
    self.training = training
    self.test = test
  }
}

/// How a source is cut and converted for training.
public struct LoadingOptions: Hashable, Sendable {
  /// Of the split and of synthetic sets: one seed, one set.
  public var seed: UInt64
  /// The share of samples to hold out, within 0..<1, from a source that has no test set of its own; stratified by class.
  ///
  /// Nil for the source's own habit: a fifth of `digits` and `iris`, nothing of files.
  public var testFraction: Double?
  /// Tokens of a sequence: longer ones lose their front, shorter ones are padded there.
  public var sequenceLength: Int
  /// Ids that a text may use, the four special ones included; rarer words become `TokenSet.outOfVocabulary`.
  public var vocabularySize: Int
  /// What the columns of a table are.
  public var columns: TableColumns
  /// A .npy file with the answers to the samples of another; nil for samples without, or that bring their own.
  public var labelsPath: String?

  public init(
    seed: UInt64 = 0, testFraction: Double? = nil, sequenceLength: Int = 80, vocabularySize: Int = 10_000,
    columns: TableColumns = TableColumns(), labelsPath: String? = nil
  ) {
    self.seed = seed
    self.testFraction = testFraction
    self.sequenceLength = sequenceLength
    self.vocabularySize = vocabularySize
    self.columns = columns
    self.labelsPath = labelsPath
  }

  /// Bounds of `sequenceLength`.
  public static let lengthRange = 4...65_536
  /// Bounds of `vocabularySize`: the special ids and one word.
  public static let vocabularyRange = (TokenSet.indexFrom + 2)...TokenSet.maximumVocabulary

  /// - Throws: `DataError` for an option out of its bounds, or one that the source does not know.
  func check(_ source: DataSource) throws(DataError) {
    if !columns.isEmpty {
      guard case .csv = source else {
        throw DataError(
          path: source.name, "has no columns to name",
          hint: "Give --label-column, --response-column and --leave-out with a .csv")
      }
    }
    if labelsPath != nil {
      guard case .npy = source else {
        throw DataError(
          path: source.name, "takes no array of labels beside it", hint: "Give --labels with a .npy of samples")
      }
    }
    try check(source.name)
  }

  private func check(_ source: String) throws(DataError) {
    if let testFraction, !(testFraction >= 0 && testFraction < 1) {
      throw DataError(path: source, "cannot hold out the share \(testFraction)", hint: "Give a share from 0 to below 1")
    }
    guard Self.lengthRange.contains(sequenceLength) else {
      throw DataError(
        path: source, "cannot make sequences of \(sequenceLength) tokens",
        hint: "Give a length within \(Self.lengthRange.lowerBound)...\(Self.lengthRange.upperBound)")
    }
    let smallest = TokenSet.indexFrom + 2
    guard (smallest...TokenSet.maximumVocabulary).contains(vocabularySize) else {
      throw DataError(
        path: source, "cannot use a vocabulary of \(vocabularySize) ids",
        hint: "Give a size within \(smallest)...\(TokenSet.maximumVocabulary); \(smallest - 1) ids are special")
    }
  }
}
