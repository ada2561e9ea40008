/// A directory that holds a training set under MNIST's file names: MNIST itself, Fashion-MNIST, Kuzushiji-MNIST.
enum MNISTDirectory {
  /// Reads the first `limit` training images of the directory.
  ///
  /// Each file may be gzip-compressed or plain, and named `train-images-idx3-ubyte` as on the original page or
  /// `train-images.idx3-ubyte` as some mirrors do.
  static func load(_ directory: String, name: String, limit: Int?) throws(DataError) -> ImageSet {
    guard InputFile.isDirectory(directory) else {
      throw DataError(
        path: directory, InputFile.exists(directory) ? "is not a directory" : "no such directory",
        hint: directory.hasPrefix("~")
          ? "A shell leaves ~ alone inside a word: write $HOME"
          : "Give the directory that holds \(fileName("images", 3, "-")).gz and \(fileName("labels", 1, "-")).gz")
    }
    return try ImageSet(
      name: name, imagesPath: find("images", rank: 3, in: directory), labelsPath: find("labels", rank: 1, in: directory),
      limit: limit)
  }

  private static func fileName(_ what: String, _ rank: Int, _ separator: String) -> String {
    "train-\(what)\(separator)idx\(rank)-ubyte"
  }

  private static func find(_ what: String, rank: Int, in directory: String) throws(DataError) -> String {
    for separator in ["-", "."] {
      for suffix in ["", ".gz"] {
        let path = "\(directory)/\(fileName(what, rank, separator))\(suffix)"
        if InputFile.exists(path) { return path }
      }
    }
    throw DataError(
      path: directory, "has no \(fileName(what, rank, "-")).gz, nor that file uncompressed",
      hint: "Give the directory that holds MNIST's files under their original names")
  }
}
