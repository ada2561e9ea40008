/// Reads a directory of images under MNIST's file names: MNIST itself, Fashion-MNIST, Kuzushiji-MNIST.
enum MNISTDirectory {
  /// A part of the set, named as its files begin.
  enum Part: String { case train, t10k }

  /// Reads all training images of the directory, and its test images where their files exist.
  static func splits(_ directory: String, name: String) throws(DataError) -> DataSplits {
    let training = try load(directory, name: name, limit: nil)
    // One file of the pair alone is reported as a mistake; none means a set without a test part.
    guard find("images", .t10k, rank: 3, in: directory) != nil || find("labels", .t10k, rank: 1, in: directory) != nil else {
      return DataSplits(name: name, training: training, test: nil)
    }
    let test = try load(directory, .t10k, name: name, limit: nil)
    let classes = training.classCount ?? 0
    guard test.shape == training.shape, test.classCount ?? 0 <= classes else {
      throw DataError(
        path: directory,
        "has training images of \(training.shape) in \(classes) classes and test images of "
          + "\(test.shape) in \(test.classCount ?? 0)", hint: "Give the four files of one set")
    }
    return DataSplits(
      name: name, training: training, test: test.labelled(test.labels, classCount: classes).scaled(like: training))
  }

  /// Reads the first `limit` images of one part.
  ///
  /// Each file may be gzip-compressed or plain, and named `train-images-idx3-ubyte` as on the original page or
  /// `train-images.idx3-ubyte` as some mirrors do.
  static func load(
    _ directory: String, _ part: Part = .train, name: String, limit: Int?
  ) throws(DataError) -> ImageSet {
    guard InputFile.isDirectory(directory) else {
      throw DataError(
        path: directory, InputFile.exists(directory) ? "is not a directory" : "no such directory",
        hint: directory.hasPrefix("~")
          ? "A shell leaves ~ alone inside a word: write $HOME"
          : "Give the directory that holds \(fileName("images", part, 3, "-")).gz and "
            + "\(fileName("labels", part, 1, "-")).gz")
    }
    return try ImageSet(
      name: name, imagesPath: existing("images", part, rank: 3, in: directory),
      labelsPath: existing("labels", part, rank: 1, in: directory), limit: limit)
  }

  private static func fileName(_ what: String, _ part: Part, _ rank: Int, _ separator: String) -> String {
    "\(part.rawValue)-\(what)\(separator)idx\(rank)-ubyte"
  }

  private static func find(_ what: String, _ part: Part, rank: Int, in directory: String) -> String? {
    for separator in ["-", "."] {
      for suffix in ["", ".gz"] {
        let path = "\(directory)/\(fileName(what, part, rank, separator))\(suffix)"
        if InputFile.exists(path) { return path }
      }
    }
    return nil
  }

  private static func existing(_ what: String, _ part: Part, rank: Int, in directory: String) throws(DataError) -> String {
    if let path = find(what, part, rank: rank, in: directory) { return path }
    throw DataError(
      path: directory, "has no \(fileName(what, part, rank, "-")).gz, nor that file uncompressed",
      hint: "Give the directory that holds MNIST's files under their original names")
  }
}
