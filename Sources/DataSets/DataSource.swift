import Spelling

/// Where samples come from: the SOURCE of the command line.
public enum DataSource: Hashable, Sendable {
  /// Independent N(0, 1) features, drawn by the engine.
  case gaussian
  /// Independent uniform features, drawn by the engine.
  case uniform
  case fashionMNIST
  /// A directory with MNIST's training files.
  case mnist(directory: String)
  /// A comma-separated table.
  case csv(path: String)
  /// A NumPy array.
  case npy(path: String)

  /// The samples of a large set that an audit reads: standardization and the batch come from these.
  public static let auditLimit = 10_000

  /// One way to write a source.
  public struct Entry: Hashable, Sendable {
    /// As it is written, a placeholder in capitals: `mnist:DIR`.
    public var name: String
    /// One sentence for `initscope list data`.
    public var summary: String
  }

  /// Every way to write a source, in the order that lists show them.
  public static let catalogue = [
    Entry(name: "gaussian", summary: "Independent N(0, 1) features."),
    Entry(name: "uniform", summary: "Independent uniform features."),
    Entry(
      name: "fashion-mnist",
      summary: "60,000 images, 28 x 28, of 10 kinds of clothing (Debian package dataset-fashion-mnist, "
        + "or the directory in \(FashionMNIST.environmentVariable))."),
    Entry(
      name: "mnist:DIR", summary: "A directory with train-images-idx3-ubyte and train-labels-idx1-ubyte, gzip or plain."),
    Entry(
      name: "FILE.csv",
      summary: "A numeric table; a column named label, target or class holds classes 0, 1, ..., the others are features."),
    Entry(
      name: "FILE.npy", summary: "A NumPy array of float32, float64, uint8, int32 or int64, samples along the first axis."),
  ]

  /// Reads a source as it is written on the command line. Names fold case and take `_` for `-`; paths are left alone.
  ///
  /// - Throws: `DataError` naming the nearest valid source and all of them.
  public init(parsing text: String) throws(DataError) {
    let folded = text.lowercased().split(separator: "_", omittingEmptySubsequences: false).joined(separator: "-")
    switch folded {
    case "gaussian": self = .gaussian
    case "uniform": self = .uniform
    case "fashion-mnist": self = .fashionMNIST
    case _ where folded.hasPrefix("mnist:"):
      let directory = String(text.dropFirst("mnist:".count))
      guard !directory.isEmpty else {
        throw DataError(path: text, "names no directory", hint: "Write mnist:DIR, DIR holding MNIST's training files")
      }
      self = .mnist(directory: directory)
    case _ where folded.hasSuffix(".csv"): self = .csv(path: text)
    case _ where folded.hasSuffix(".npy"): self = .npy(path: text)
    default:
      let names = Self.catalogue.map(\.name)
      // `mnist` and `mnits:DIR` are to find `mnist:DIR`: what a name is known by stands before its colon.
      let stems = names.filter { !$0.hasPrefix("FILE") }.map { String($0.prefix { $0 != ":" }) }
      let stem = nearestName(to: String(folded.prefix { $0 != ":" }), among: stems)
      let suggestion = names.first { $0.prefix { $0 != ":" } == stem ?? "" }.map { "Did you mean \($0)? " } ?? ""
      throw DataError(
        path: text.isEmpty ? "(empty source)" : text, "is not a data source",
        hint: "\(suggestion)Valid: \(names.joined(separator: ", "))")
    }
  }

  /// As it is written on the command line.
  public var name: String {
    switch self {
    case .gaussian: "gaussian"
    case .uniform: "uniform"
    case .fashionMNIST: "fashion-mnist"
    case .mnist(let directory): "mnist:\(directory)"
    case .csv(let path), .npy(let path): path
    }
  }

  /// Reads the first `limit` samples, all of them for nil; returns nil for `gaussian` and `uniform`, which the engine draws.
  ///
  /// - Throws: `DataError` naming the file, the place in it and the remedy.
  public func load(limit: Int? = DataSource.auditLimit) throws(DataError) -> (any SampleSet)? {
    switch self {
    case .gaussian, .uniform: nil
    case .fashionMNIST: try FashionMNIST.load(limit: limit)
    case .mnist(let directory): try MNISTDirectory.load(directory, name: name, limit: limit)
    case .csv(let path): try CSVReader.read(path: path, limit: limit)
    case .npy(let path): try NPYReader.read(path: path, limit: limit)
    }
  }
}
