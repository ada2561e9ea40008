/// Reads NumPy's .npz archives: samples in `x` and answers in `y`, or `x_train`, `y_train`, `x_test` and `y_test` as in
/// Keras's sets. Where there is no `y`, `labels` holds the answers (`labels_train` and `labels_test`).
///
/// Text, truth values, whole numbers and one-hot codes in `y` are classes (see `Answers`), other floats quantities to
/// predict. `x` of bytes, `[count, height, width]` or `[count, channels, height, width]`, are images; all else are tables.
package enum NPZReader {
  /// Reads a training part and, where there is one, a test part.
  package static func splits(path: String) throws(DataError) -> DataSplits {
    let archive = try ZipArchive(path: path)
    let isSplit = member("x_train", in: archive) != nil
    var training = try part(isSplit ? ("x_train", "y_train") : ("x", "y"), of: archive)
    guard isSplit, member("x_test", in: archive) != nil else {
      return DataSplits(
        name: path, training: NPYReader.set(training.samples, answers: training.answers, name: path), test: nil)
    }
    var test = try part(("x_test", "y_test"), of: archive)
    // Floats that happen to be 0 and 1 in only one of the parts are quantities in that part, too.
    if training.answers?.kind != test.answers?.kind {
      training.answers = training.answers?.asQuantities ?? training.answers
      test.answers = test.answers?.asQuantities ?? test.answers
    }
    guard training.samples.shape.dropFirst() == test.samples.shape.dropFirst(), training.answers?.kind == test.answers?.kind,
      training.samples.elementType == test.samples.elementType
    else {
      throw DataError(
        path: path, "training and test part differ in the shape of their samples or in what there is to predict",
        hint: "Save both parts alike")
    }
    if let own = training.answers, let other = test.answers {
      let (known, held) = Answers.united(own, other)
      (training.answers, test.answers) = (known, held)
    }
    let known = NPYReader.set(training.samples, answers: training.answers, name: path)
    let held = NPYReader.set(test.samples, answers: test.answers, name: path)
    if let known = known as? ImageSet, let held = held as? ImageSet {
      return DataSplits(name: path, training: known, test: held.scaled(like: known))
    }
    guard let known = known as? FeatureTable, let held = held as? FeatureTable else {
      return DataSplits(name: path, training: known, test: held)
    }
    return DataSplits(name: path, training: known, test: held.scaled(like: known))
  }

  /// Finds the member `name`, which NumPy calls `name.npy`; nil where it is missing.
  static func member(_ name: String, in archive: ZipArchive) -> ZipArchive.Member? {
    archive.members.first { $0.name == "\(name).npy" }
  }

  /// A reader of the member `name`, which must exist.
  static func reader(_ name: String, in archive: ZipArchive) throws(DataError) -> GzipReader {
    guard let member = member(name, in: archive) else {
      let names = archive.members.prefix(8).map { "'\($0.name)'" }.joined(separator: ", ")
      throw DataError(
        path: archive.path, "has no array '\(name)'; it holds \(names.isEmpty ? "nothing" : names)",
        hint: "Save it with numpy.savez(path, x_train=..., y_train=..., x_test=..., y_test=...) or x=..., y=...")
    }
    return try GzipReader(contents: archive.contents(of: member), path: archive.path(of: member))
  }

  /// Reads classes or quantities for `count` samples.
  static func answers(_ name: String, count: Int, in archive: ZipArchive) throws(DataError) -> Answers {
    let array = try NPYReader.read(reader(name, in: archive), allowsText: true)
    guard array.rows == count else {
      throw DataError(
        path: array.path, "has \(array.rows) entries for \(count) samples", hint: "Save one entry for each sample")
    }
    return try Answers(array)
  }

  private static func part(
    _ names: (x: String, y: String), of archive: ZipArchive
  ) throws(DataError) -> (samples: NPYArray, answers: Answers?) {
    let samples = try NPYReader.read(reader(names.x, in: archive))
    let other = "labels" + names.y.dropFirst()
    guard let name = [names.y, other].first(where: { member($0, in: archive) != nil }) else { return (samples, nil) }
    return (samples, try answers(name, count: samples.rows, in: archive))
  }
}
