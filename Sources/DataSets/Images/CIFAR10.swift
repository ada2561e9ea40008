/// CIFAR-10 in its binary version (Krizhevsky 2009, "Learning multiple layers of features from tiny images"): files of
/// records of one label byte and 3072 pixels, red, green and blue planes of 32 x 32 one after another.
package enum CIFAR10 {
  package static let trainingFiles = (1...5).map { "data_batch_\($0).bin" }
  package static let testFile = "test_batch.bin"
  package static let classCount = 10
  private static let (channels, side) = (3, 32)
  private static let recordLength = 1 + channels * side * side
  /// The true files have 10,000 records. Ten times as many take 300 MB.
  private static let maximumRecords = 100_000

  /// Reads the five training batches and, where it exists, the test batch.
  package static func splits(_ directory: String, name: String) throws(DataError) -> DataSplits {
    let folder = try folder(directory)
    let training = try load(directory, name: name)
    let testPath = "\(folder)/\(testFile)"
    guard InputFile.exists(testPath) else { return DataSplits(name: name, training: training, test: nil) }
    var records = Records()
    try records.append(testPath)
    return DataSplits(name: name, training: training, test: records.images(name).scaled(like: training))
  }

  /// Reads the first `limit` training images, or all for nil. Batches beyond the limit are not opened.
  package static func load(_ directory: String, name: String, limit: Int? = nil) throws(DataError) -> ImageSet {
    precondition(limit ?? 1 > 0, "a limit of \(limit ?? 0) images")
    let folder = try folder(directory)
    var records = Records()
    for file in trainingFiles where records.labels.count < limit ?? .max {
      try records.append("\(folder)/\(file)")
    }
    let images = records.images(name)
    guard let limit, limit < images.count else { return images }
    return images.subset(Array(0..<limit))
  }

  /// The directory itself, or the one inside it to which the archive unpacks.
  private static func folder(_ directory: String) throws(DataError) -> String {
    guard InputFile.isDirectory(directory) else {
      throw DataError(
        path: directory, InputFile.exists(directory) ? "is not a directory" : "no such directory",
        hint: directory.hasPrefix("~")
          ? "A shell leaves ~ alone inside a word: write $HOME"
          : "Give the directory that cifar-10-binary.tar.gz was unpacked to")
    }
    for candidate in [directory, "\(directory)/cifar-10-batches-bin"]
    where InputFile.exists("\(candidate)/\(trainingFiles[0])") {
      return candidate
    }
    let isPython =
      InputFile.exists("\(directory)/data_batch_1") || InputFile.exists("\(directory)/cifar-10-batches-py/data_batch_1")
    throw DataError(
      path: directory,
      "has no \(trainingFiles[0])" + (isPython ? "; it holds the version for Python, which is not read" : ""),
      hint: "Give the directory that cifar-10-binary.tar.gz was unpacked to")
  }

  /// Pixels and labels of the files read so far.
  private struct Records {
    var pixels: [UInt8] = []
    var labels: [Int] = []

    mutating func append(_ path: String) throws(DataError) {
      let bytes = try InputFile.contents(of: path, limit: recordLength * maximumRecords)
      let count = bytes.count / recordLength
      guard count > 0, bytes.count % recordLength == 0 else {
        throw DataError(
          path: path, position: .byte(count * recordLength),
          "ends after \(bytes.count % recordLength) of the \(recordLength) bytes of image \(count)",
          hint: "Fetch the file again: it is truncated, or not of CIFAR-10's binary version")
      }
      pixels.reserveCapacity(pixels.count + count * (recordLength - 1))
      for start in stride(from: 0, to: bytes.count, by: recordLength) {
        guard bytes[start] < classCount else {
          throw DataError(
            path: path, position: .byte(start), "image \(start / recordLength) has the label \(bytes[start]), beyond 9",
            hint: "Give CIFAR-10's binary version; CIFAR-100 has two labels an image")
        }
        labels.append(Int(bytes[start]))
        pixels += bytes[start + 1..<start + recordLength]
      }
    }

    func images(_ name: String) -> ImageSet {
      ImageSet(
        name: name, pixels: pixels, channels: channels, height: side, width: side, labels: labels, classCount: classCount)
    }
  }
}
