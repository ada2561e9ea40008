/// A data set split for training: the training part and a test part that is held out.
public struct DataSplits: Sendable {
  /// The source as written on the command line.
  public var name: String
  public var training: any SampleSet
  /// The test part, with the same shape, classes and vocabulary, scaled by the training part's statistics; nil where the
  /// source has none.
  public var test: (any SampleSet)?

  public init(name: String, training: any SampleSet, test: (any SampleSet)?) {
    self.name = name
    self.training = training
    self.test = test
  }
}

/// Options for splitting and converting a source for training.
public struct LoadingOptions: Hashable, Sendable {
  /// The seed of the split and of synthetic sets.
  public var seed: UInt64
  /// The share of samples to hold out, within 0..<1, from a source without a test set; the same share of each class.
  ///
  /// Nil for the source's own habit: a fifth of `digits` and `iris`, nothing of files.
  public var testFraction: Double?
  /// Tokens per sequence: longer sequences lose their front, shorter ones are padded there.
  public var sequenceLength: Int
  /// The number of ids that a text may use, the four special ones included. Rarer words become `TokenSet.outOfVocabulary`.
  public var vocabularySize: Int
  /// Which columns of a table are labels, answers or left out.
  public var columns: TableColumns
  /// A .npy file with the answers to the samples of another .npy file; nil where there is none.
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

  /// Allowed values of `sequenceLength`.
  public static let lengthRange = 4...65_536
  /// Allowed values of `vocabularySize`: at least the special ids and one word.
  public static let vocabularyRange = (TokenSet.indexFrom + 2)...TokenSet.maximumVocabulary

  /// Checks the options against the source.
  ///
  /// - Throws: `DataError` for an option out of its bounds, or one that the source does not use.
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
