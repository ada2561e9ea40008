/// Reads Keras's imdb.npz: film reviews as lists of word ranks (most frequent word 1) with a class each.
///
/// As `keras.datasets.imdb.load_data(num_words)` does by default, each review starts with id 1, the word of rank r gets the
/// id r + 3, and ids beyond the vocabulary become 2; as `pad_sequences(maxlen)` does, long reviews lose their front and
/// short ones are padded there with 0. Reviews keep the order of the file, which training shuffles anyway.
package enum IMDBReader {
  /// The true file unpacks to 14 MB per part.
  private static let maximumPickleLength = 1 << 28

  package static func splits(
    path: String, name: String, length: Int, vocabularySize: Int
  ) throws(DataError) -> DataSplits {
    let archive = try ZipArchive(path: path)
    let training = try part("train", of: archive, length, vocabularySize)
    let test = NPZReader.member("x_test", in: archive) == nil ? nil : try part("test", of: archive, length, vocabularySize)
    let classes = max(training.classCount, test?.classCount ?? 0)
    func set(_ part: Part) -> TokenSet {
      TokenSet(
        name: name, tokens: part.tokens, length: length, labels: part.labels, classCount: classes,
        vocabularySize: vocabularySize)
    }
    return DataSplits(name: name, training: set(training), test: test.map(set))
  }

  private struct Part {
    var tokens: [Int32]
    var labels: [Int]
    var classCount: Int { (labels.max() ?? 0) + 1 }
  }

  private static func part(
    _ name: String, of archive: ZipArchive, _ length: Int, _ vocabularySize: Int
  ) throws(DataError) -> Part {
    let reader = try NPZReader.reader("x_\(name)", in: archive)
    let lists = try lists(reader)
    guard lists.count <= FeatureTable.maximumCells / length else {
      throw DataError(
        path: reader.path, "has \(lists.count) sequences, \(length) tokens each: more than \(FeatureTable.maximumCells)",
        hint: "Use shorter sequences")
    }
    let answers = try NPZReader.answers("y_\(name)", count: lists.count, in: archive)
    guard answers.kind == .classes, let labels = answers.labels else {
      throw DataError(
        path: reader.path, "has floats in 'y_\(name)' where classes are wanted", hint: "Save classes as whole numbers")
    }
    var tokens: [Int32] = []
    tokens.reserveCapacity(lists.count * length)
    for (row, list) in lists.enumerated() {
      var sequence = [Int32(TokenSet.start)]
      sequence.reserveCapacity(list.count + 1)
      for rank in list {
        guard rank >= 0 else {
          throw DataError(
            path: reader.path, "review \(row) has the word rank \(rank), below 0", hint: "Fetch the file again")
        }
        let id = Int(rank) + TokenSet.indexFrom
        sequence.append(Int32(id < vocabularySize ? id : TokenSet.outOfVocabulary))
      }
      TokenSet.appendPadded(sequence, length: length, to: &tokens)
    }
    return Part(tokens: tokens, labels: labels)
  }

  private static func lists(_ reader: GzipReader) throws(DataError) -> [[Int32]] {
    let header = try NPYReader.header(reader)
    guard header.elementType == .object, header.shape.count == 1, header.shape[0] > 0 else {
      throw DataError(
        path: reader.path, position: .byte(0), "holds no lists of word ranks",
        hint: "Give Keras's imdb.npz; read other arrays as a plain .npz")
    }
    let start = reader.position
    let pickle = try reader.rest(limit: maximumPickleLength)
    do throws(PickledLists.Problem) {
      let lists = try PickledLists.lists(in: pickle)
      guard lists.count == header.shape[0] else {
        throw PickledLists.Problem(
          offset: 0, message: "the header declares \(header.shape[0]) lists and the pickle holds \(lists.count)")
      }
      return lists
    } catch {
      throw DataError(
        path: reader.path, position: .byte(start + error.offset), error.message,
        hint: "Only pickled lists of whole numbers are read; fetch Keras's imdb.npz again")
    }
  }
}
