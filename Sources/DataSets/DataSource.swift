/// Where samples come from: what `--input` and `--data` name.
public enum DataSource: Hashable, Sendable {
  /// Independent N(0, 1) features, drawn from the seed.
  case gaussian
  /// Independent uniform features, drawn from the seed.
  case uniform
  case fashionMNIST
  /// A directory with MNIST's files.
  case mnist(directory: String)
  /// A directory with CIFAR-10's binary version.
  case cifar10(directory: String)
  /// Handwritten digits, built into the program.
  case digits
  /// Fisher's irises, built into the program.
  case iris
  /// Keras's imdb.npz.
  case imdb(path: String)
  /// Labelled texts: a table, or a directory with one file per class.
  case text(path: String)
  case synthetic(SyntheticSet)
  /// A comma-separated table.
  case csv(path: String)
  /// A NumPy array.
  case npy(path: String)
  /// NumPy arrays of samples, classes or quantities to predict.
  case npz(path: String)

  /// How many samples of a large set an audit reads. Standardization and the batch come from these.
  public static let auditLimit = 10_000

  /// The source as written on the command line.
  public var name: String {
    switch self {
    case .gaussian: "gaussian"
    case .uniform: "uniform"
    case .fashionMNIST: "fashion-mnist"
    case .mnist(let directory): "mnist:\(directory)"
    case .cifar10(let directory): "cifar10:\(directory)"
    case .digits: "digits"
    case .iris: "iris"
    case .imdb(let path): "imdb:\(path)"
    case .text(let path): "text:\(path)"
    case .synthetic(let set): set.name
    case .csv(let path), .npy(let path), .npz(let path): path
    }
  }

  /// Reads the first `limit` training samples, or all for nil. Returns nil for `gaussian` and `uniform`, which are drawn and
  /// not read.
  ///
  /// Sources that hold samples out do so here, too, so that an audit sees what training would see.
  ///
  /// - Throws: `DataError` naming the file, the place in it and the remedy.
  public func load(
    limit: Int? = DataSource.auditLimit, _ options: LoadingOptions = LoadingOptions()
  ) throws(DataError) -> (any SampleSet)? {
    try options.check(self)
    switch self {
    case .gaussian, .uniform: return nil
    case .fashionMNIST: return try FashionMNIST.load(limit: limit)
    case .mnist(let directory): return try MNISTDirectory.load(directory, name: name, limit: limit)
    case .cifar10(let directory): return try CIFAR10.load(directory, name: name, limit: limit)
    case .csv(let path): return try CSVReader.read(path: path, columns: options.columns, limit: limit)
    case .npy(let path): return try NPYReader.samples(path: path, labels: options.labelsPath, limit: limit)
    case .digits, .iris, .imdb, .text, .synthetic, .npz:
      return try loadSplits(options).map { Self.first(limit, of: $0.training) }
    }
  }

  /// Reads all samples in two parts: a training set, and a test set that is held out. Returns nil for `gaussian` and
  /// `uniform`, which have nothing to learn.
  ///
  /// - Throws: `DataError` naming the file, the place in it and the remedy.
  public func loadSplits(_ options: LoadingOptions = LoadingOptions()) throws(DataError) -> DataSplits? {
    try options.check(self)
    let (length, words, seed) = (options.sequenceLength, options.vocabularySize, options.seed)
    let splits: DataSplits
    switch self {
    case .gaussian, .uniform: return nil
    case .fashionMNIST: splits = try FashionMNIST.loadSplits()
    case .mnist(let directory): splits = try MNISTDirectory.splits(directory, name: name)
    case .cifar10(let directory): splits = try CIFAR10.splits(directory, name: name)
    case .digits:
      return StratifiedSplit.split(
        try ShippedData.digits(), fraction: options.testFraction ?? Self.shippedFraction, seed: seed)
    case .iris:
      return StratifiedSplit.split(
        try ShippedData.iris(), fraction: options.testFraction ?? Self.shippedFraction, seed: seed)
    case .imdb(let path): splits = try IMDBReader.splits(path: path, name: name, length: length, vocabularySize: words)
    case .text(let path):
      return try TextReader.splits(
        path: path, name: name, fraction: options.testFraction ?? 0, seed: seed, length: length, vocabularySize: words)
    case .synthetic(let set): return set.splits(seed: seed, length: length)
    case .csv(let path):
      splits = DataSplits(name: path, training: try CSVReader.read(path: path, columns: options.columns), test: nil)
    case .npy(let path):
      splits = DataSplits(name: path, training: try NPYReader.samples(path: path, labels: options.labelsPath), test: nil)
    case .npz(let path): splits = try NPZReader.splits(path: path)
    }
    guard splits.test == nil, let fraction = options.testFraction, let set = splits.training as? any DivisibleSampleSet
    else { return splits }
    return StratifiedSplit.split(set, fraction: fraction, seed: seed)
  }

  /// The share of `digits` and `iris` that is held out: 30 of 150 irises, 10 of each species.
  private static let shippedFraction = 0.2

  private static func first(_ limit: Int?, of set: any SampleSet) -> any SampleSet {
    guard let limit, limit < set.count, let set = set as? any DivisibleSampleSet else { return set }
    return set.subset(Array(0..<limit))
  }
}
