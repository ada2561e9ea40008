import Spelling

extension DataSource {
  /// One way to write a data source on the command line.
  public struct Entry: Hashable, Sendable {
    /// The way it is written, with a placeholder in capitals: `mnist:DIR`.
    public var name: String
    /// One sentence for `initscope list data`.
    public var summary: String
  }

  /// Every way to write a source, in the order of `initscope list data`.
  public static let catalogue = [
    Entry(name: "gaussian", summary: "Independent N(0, 1) features."),
    Entry(name: "uniform", summary: "Independent uniform features."),
    Entry(
      name: "fashion-mnist",
      summary: "60,000 + 10,000 images, 28 x 28, of 10 kinds of clothing (Debian package dataset-fashion-mnist, "
        + "or the directory in \(FashionMNIST.environmentVariable))."),
    Entry(name: "mnist:DIR", summary: "train-* and t10k-* files as on MNIST's page, gzip or plain."),
    Entry(name: "cifar10:DIR", summary: "50,000 + 10,000 images, 3 x 32 x 32: data_batch_1.bin, ..., binary version."),
    Entry(name: "digits", summary: "1,797 handwritten digits, 8 x 8 (UCI); a fifth is held out."),
    Entry(name: "iris", summary: "150 irises, 4 features, 3 species (Fisher 1936); 30 are held out."),
    Entry(name: "imdb:FILE.npz", summary: "Film reviews as token ids: Keras's imdb.npz."),
    Entry(name: "text:FILE.csv", summary: "A table with the columns text and label."),
    Entry(name: "text:DIR", summary: "One .txt file for each class, one sample a line, UTF-8 or Latin-1."),
    Entry(name: "synthetic:spirals", summary: "Two interleaved spirals in the plane: 1,000 + 500 points."),
    Entry(name: "synthetic:blobs", summary: "Three Gaussian clouds in the plane: 1,000 + 500 points."),
    Entry(name: "synthetic:regression", summary: "A noisy linear function of 5 features: 100 + 100 samples."),
    Entry(name: "synthetic:long-range", summary: "2,000 + 500 token sequences whose second token tells the class."),
    Entry(
      name: "FILE.csv",
      summary:
        "A table of numbers; a column named label, target or class (or --label-column) holds classes as 0, 1, 2, ... or "
        + "words, several named label_... a one-hot code, one named response (or --response-column) a quantity to predict."),
    Entry(
      name: "FILE.npy",
      summary:
        "A NumPy array of float32, float64, bool or whole numbers, samples along the first axis; --labels FILE.npy holds "
        + "its answers."),
    Entry(
      name: "FILE.npz",
      summary:
        "Such arrays named x and y, or x_train, y_train, x_test and y_test; text, bool, whole numbers and one-hot codes "
        + "in y are classes, other floats quantities to predict."),
  ]

  /// Parses a source as written on the command line. Names may be in any case and with `-` or `_`; paths are left alone.
  ///
  /// - Throws: `DataError` naming the nearest valid source and all of them.
  public init(parsing text: String) throws(DataError) {
    let folded = text.lowercased().split(separator: "_", omittingEmptySubsequences: false).joined(separator: "-")
    switch folded {
    case "gaussian": self = .gaussian
    case "uniform": self = .uniform
    case "fashion-mnist": self = .fashionMNIST
    case "digits": self = .digits
    case "iris": self = .iris
    case _ where folded.hasPrefix("synthetic:"):
      guard let set = SyntheticSet(rawValue: String(folded.dropFirst("synthetic:".count))) else {
        throw DataError(
          path: text, "is no synthetic set", hint: "Valid: \(SyntheticSet.allCases.map(\.name).joined(separator: ", "))")
      }
      self = .synthetic(set)
    case _ where folded.hasPrefix("mnist:"):
      self = .mnist(directory: try Self.place(in: text, "directory", "Write mnist:DIR, DIR holding MNIST's training files"))
    case _ where folded.hasPrefix("cifar10:"):
      self = .cifar10(directory: try Self.place(in: text, "directory", "Write cifar10:DIR, DIR holding data_batch_1.bin"))
    case _ where folded.hasPrefix("imdb:"):
      self = .imdb(path: try Self.place(in: text, "file", "Write imdb:FILE, FILE being Keras's imdb.npz"))
    case _ where folded.hasPrefix("text:"):
      self = .text(
        path: try Self.place(in: text, "file", "Write text:FILE.csv, or text:DIR, DIR holding one .txt file for each class"))
    case _ where folded.hasSuffix(".csv"): self = .csv(path: text)
    case _ where folded.hasSuffix(".npy"): self = .npy(path: text)
    case _ where folded.hasSuffix(".npz"): self = .npz(path: text)
    default:
      let names = Self.catalogue.map(\.name)
      // `mnist` and `mnits:DIR` should both find `mnist:DIR`: only the part before the colon is compared.
      let stems = names.filter { !$0.hasPrefix("FILE") }.map { String($0.prefix { $0 != ":" }) }
      let stem = nearestName(to: String(folded.prefix { $0 != ":" }), among: stems)
      let suggestion = names.first { $0.prefix { $0 != ":" } == stem ?? "" }.map { "Did you mean \($0)? " } ?? ""
      throw DataError(
        path: text.isEmpty ? "(empty source)" : text, "is not a data source",
        hint: "\(suggestion)Valid: \(names.joined(separator: ", "))")
    }
  }

  /// The part of `text` behind the colon.
  private static func place(in text: String, _ what: String, _ hint: String) throws(DataError) -> String {
    let place = String(text.drop { $0 != ":" }.dropFirst())
    guard !place.isEmpty else { throw DataError(path: text, "names no \(what)", hint: hint) }
    return place
  }
}
