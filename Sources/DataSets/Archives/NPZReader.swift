/// Reads NumPy's .npz archives: samples in `x`, classes or quantities in `y`, or both in a training and a test part under
/// the names that Keras's sets have, `x_train`, `y_train`, `x_test` and `y_test`.
///
/// Whole numbers in `y` are classes, floats are quantities to predict. `x` of bytes, `[count, height, width]`, are images;
/// whatever else is flattened to features.
package enum NPZReader {
  /// A training part and, where there is one, a test part.
  package static func splits(path: String) throws(DataError) -> DataSplits {
    let archive = try ZipArchive(path: path)
    let isSplit = member("x_train", in: archive) != nil
    let training = try part(isSplit ? ("x_train", "y_train") : ("x", "y"), of: archive)
    guard isSplit, member("x_test", in: archive) != nil else {
      return DataSplits(name: path, training: try sampleSet(training, classes: nil, path), test: nil)
    }
    let test = try part(("x_test", "y_test"), of: archive)
    guard training.samples.shape.dropFirst() == test.samples.shape.dropFirst(), training.answers?.kind == test.answers?.kind,
      training.samples.elementType == test.samples.elementType
    else {
      throw DataError(
        path: path, "training and test part differ in the shape of their samples or in what there is to predict",
        hint: "Save both parts alike")
    }
    let classes = max(training.answers?.classCount ?? 0, test.answers?.classCount ?? 0)
    let known = try sampleSet(training, classes: classes, path)
    let held = try sampleSet(test, classes: classes, path)
    if let known = known as? ImageSet, let held = held as? ImageSet {
      return DataSplits(name: path, training: known, test: held.scaled(like: known))
    }
    guard let known = known as? FeatureTable, let held = held as? FeatureTable else {
      return DataSplits(name: path, training: known, test: held)
    }
    return DataSplits(name: path, training: known, test: held.scaled(like: known))
  }

  /// The member `name`, which NumPy calls `name.npy`.
  static func member(_ name: String, in archive: ZipArchive) -> ZipArchive.Member? {
    archive.members.first { $0.name == "\(name).npy" }
  }

  /// A reader of the member `name`, which must be there.
  static func reader(_ name: String, in archive: ZipArchive) throws(DataError) -> GzipReader {
    guard let member = member(name, in: archive) else {
      let names = archive.members.prefix(8).map { "'\($0.name)'" }.joined(separator: ", ")
      throw DataError(
        path: archive.path, "has no array '\(name)'; it holds \(names.isEmpty ? "nothing" : names)",
        hint: "Save it with numpy.savez(path, x_train=..., y_train=..., x_test=..., y_test=...) or x=..., y=...")
    }
    return try GzipReader(contents: archive.contents(of: member), path: archive.path(of: member))
  }

  /// What `y` holds for each sample.
  struct Answers {
    enum Kind: Equatable {
      case classes
      /// That many quantities a sample.
      case quantities(Int)
    }
    var kind: Kind
    var labels: [Int] = []
    var targets: [Float] = []
    var classCount: Int { (labels.max() ?? -1) + 1 }
  }

  /// Reads classes or quantities for `count` samples.
  static func answers(_ name: String, count: Int, in archive: ZipArchive) throws(DataError) -> Answers {
    let array = try NPYReader.read(reader(name, in: archive))
    guard array.rows == count else {
      throw DataError(
        path: array.path, "has \(array.rows) entries for \(count) samples", hint: "Save one entry for each sample")
    }
    let width = array.values.count / array.rows
    if array.elementType == .float32 || array.elementType == .float64 {
      return Answers(kind: .quantities(width), targets: array.values)
    }
    guard width == 1 else {
      throw DataError(
        path: array.path, "has \(width) whole numbers for each sample",
        hint: "Save one class a sample (numpy.argmax of a one-hot code), or quantities as floats")
    }
    if let index = array.values.firstIndex(where: { !(0...Float(CSVReader.maximumClass)).contains($0) }) {
      throw DataError(
        path: array.path, position: .element(row: index, column: 0),
        "is \(array.values[index]), which is no class from 0 to \(CSVReader.maximumClass)",
        hint: "Number the classes 0, 1, 2, ...; save quantities as floats")
    }
    return Answers(kind: .classes, labels: array.values.map { Int($0) })
  }

  private static func part(
    _ names: (x: String, y: String), of archive: ZipArchive
  ) throws(DataError) -> (samples: NPYArray, answers: Answers?) {
    let samples = try NPYReader.read(reader(names.x, in: archive))
    guard member(names.y, in: archive) != nil else { return (samples, nil) }
    return (samples, try answers(names.y, count: samples.rows, in: archive))
  }

  private static func sampleSet(
    _ part: (samples: NPYArray, answers: Answers?), classes: Int?, _ path: String
  ) throws(DataError) -> any SampleSet {
    let (array, answers) = part
    let labels = answers?.kind == .classes ? answers?.labels : nil
    let classCount = labels == nil ? nil : max(classes ?? 0, answers?.classCount ?? 0)
    if array.elementType == .uint8, array.shape.count == 3, labels != nil || answers == nil {
      return ImageSet(
        name: path, pixels: array.values.map { UInt8($0) }, channels: 1, height: array.shape[1], width: array.shape[2],
        labels: labels, classCount: classCount)
    }
    return FeatureTable(
      name: path, values: array.values, features: array.values.count / array.rows, labels: labels, classCount: classCount,
      targets: labels == nil ? answers?.targets : nil)
  }
}
