import Glibc

/// Fashion-MNIST's 60,000 training and 10,000 test images of 28 x 28 pixels in 10 classes (Xiao, Rasul and Vollgraf 2017,
/// arXiv:1708.07747), as the Debian package dataset-fashion-mnist installs them.
public enum FashionMNIST {
  /// The directory in which the Debian package installs the files.
  public static let packageDirectory = "/usr/share/datasets/fashion-mnist"
  /// The environment variable that names another directory, for computers without the Debian package.
  public static let environmentVariable = "INITSCOPE_FASHION_MNIST"

  /// The directory in use: the environment variable's where it is set and not empty, else the package's.
  public static var directory: String { directory(override: getenv(environmentVariable).map { String(cString: $0) }) }

  package static func directory(override: String?) -> String {
    override.flatMap { $0.isEmpty ? nil : $0 } ?? packageDirectory
  }

  /// Reads the first `limit` training images, all of them for nil.
  ///
  /// - Throws: `DataError`; where the package's directory is missing, it says how to install it.
  public static func load(directory: String = FashionMNIST.directory, limit: Int? = nil) throws(DataError) -> ImageSet {
    try check(directory)
    return try MNISTDirectory.load(directory, name: "fashion-mnist", limit: limit)
  }

  /// Reads all training and all test images. Test images are scaled by the training images' statistics.
  ///
  /// - Throws: `DataError`; where the package's directory is missing, it says how to install it.
  public static func loadSplits(directory: String = FashionMNIST.directory) throws(DataError) -> DataSplits {
    try check(directory)
    return try MNISTDirectory.splits(directory, name: "fashion-mnist")
  }

  private static func check(_ directory: String) throws(DataError) {
    guard InputFile.exists(directory) else {
      throw DataError(
        path: directory, "Fashion-MNIST is not there",
        hint: "Install it (apt-get install dataset-fashion-mnist) or set \(environmentVariable) to a directory with "
          + "its two training files")
    }
  }
}
