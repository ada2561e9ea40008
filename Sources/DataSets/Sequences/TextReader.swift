/// Reads labelled texts: a table with columns `text` and `label`, or a directory with one file of lines per class.
package enum TextReader {
  /// Texts with one class each.
  struct Corpus {
    var texts: [String] = []
    var labels: [Int] = []
    var classNames: [String] = []
  }

  private static let maximumFileLength = 1 << 28
  private static let maximumClasses = 1024

  /// Reads the texts, holds out `fraction` of each class, and turns both parts into token ids with the training part's
  /// vocabulary.
  package static func splits(
    path: String, name: String, fraction: Double, seed: UInt64, length: Int, vocabularySize: Int
  ) throws(DataError) -> DataSplits {
    let corpus = InputFile.isDirectory(path) ? try directory(path) : try table(path)
    guard corpus.texts.count <= FeatureTable.maximumCells / length else {
      throw DataError(
        path: path, "has \(corpus.texts.count) texts, \(length) tokens each: more than \(FeatureTable.maximumCells)",
        hint: "Use shorter sequences")
    }
    let words = corpus.texts.map(Vocabulary.words)
    let (training, test) = StratifiedSplit.indices(
      count: words.count, labels: corpus.labels, fraction: fraction, seed: seed)
    let vocabulary = Vocabulary(texts: training.lazy.map { words[$0] }, size: vocabularySize)
    func set(_ indices: [Int]) -> TokenSet {
      var tokens: [Int32] = []
      tokens.reserveCapacity(indices.count * length)
      for index in indices { TokenSet.appendPadded(vocabulary.encode(words[index]), length: length, to: &tokens) }
      return TokenSet(
        name: name, tokens: tokens, length: length, labels: indices.map { corpus.labels[$0] },
        classCount: corpus.classNames.count, classNames: corpus.classNames, vocabularySize: vocabularySize)
    }
    return DataSplits(name: name, training: set(training), test: test.isEmpty ? nil : set(test))
  }

  /// Reads a directory in which each .txt file is a class, numbered by file name, and each line with a word in it a sample.
  static func directory(_ path: String) throws(DataError) -> Corpus {
    let files = try InputFile.names(in: path, limit: 1 << 16).filter { $0.lowercased().hasSuffix(".txt") }
    guard (2...maximumClasses).contains(files.count) else {
      throw DataError(
        path: path, "holds \(files.count) .txt files; there must be one for each class, 2 to \(maximumClasses)",
        hint: "Write one file a class, such as positive.txt and negative.txt, one sample a line")
    }
    var corpus = Corpus()
    for (label, file) in files.enumerated() {
      let bytes = try InputFile.contents(of: "\(path)/\(file)", limit: maximumFileLength)
      let lines = lines(of: decode(bytes))
      guard !lines.isEmpty else {
        throw DataError(path: "\(path)/\(file)", "holds no sample", hint: "Write one sample a line")
      }
      corpus.texts += lines
      corpus.labels += repeatElement(label, count: lines.count)
      corpus.classNames.append(String(file.dropLast(".txt".count)))
    }
    return corpus
  }

  /// Splits a text into the lines that hold a letter or digit. Only LF, CRLF and CR end a line: what Latin-1 makes of
  /// Windows' ellipsis, 0x85, is a line break to Unicode.
  private static func lines(of text: String) -> [String] {
    text.split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
      .filter { line in line.contains { $0.isLetter || $0.isNumber } }.map(String.init)
  }

  /// Reads a table whose header names a column `text` and one `label`.
  static func table(_ path: String) throws(DataError) -> Corpus {
    var scanner = try CSVScanner(GzipReader(path: path))
    guard try scanner.next() else {
      throw DataError(path: path, "is empty", hint: "Write a header 'text,label' and one sample a line")
    }
    let line = scanner.line
    let header = fields(of: scanner).map { $0.lowercased() }
    guard header.count(where: { $0 == "text" }) == 1, header.count(where: { $0 == "label" }) == 1,
      let textColumn = header.firstIndex(of: "text"), let labelColumn = header.firstIndex(of: "label")
    else {
      throw DataError(
        path: path, position: .line(line), "has no header with one column 'text' and one column 'label'",
        hint: "Write a header 'text,label'")
    }
    var corpus = Corpus()
    var labels: [String] = []
    while try scanner.next() {
      let fields = fields(of: scanner)
      guard fields.count == header.count else {
        throw DataError(
          path: path, position: .line(scanner.line),
          "has \(fields.count) columns where line \(line) has \(header.count)",
          hint: "Put texts that hold commas or line breaks in double quotes")
      }
      guard !fields[labelColumn].isEmpty else {
        throw DataError(
          path: path, position: .cell(line: scanner.line, column: labelColumn + 1), "the label is empty",
          hint: "Give every text a label")
      }
      corpus.texts.append(fields[textColumn])
      labels.append(fields[labelColumn])
    }
    guard !labels.isEmpty else {
      throw DataError(path: path, "has a header and no rows", hint: "Write one sample a line")
    }
    try number(labels, in: &corpus, path)
    return corpus
  }

  private static func number(_ labels: [String], in corpus: inout Corpus, _ path: String) throws(DataError) {
    let distinct = Set(labels)
    guard (2...maximumClasses).contains(distinct.count) else {
      throw DataError(
        path: path, "has \(distinct.count) different labels; 2 to \(maximumClasses) are read",
        hint: "Is 'label' the column of classes?")
    }
    let names = ClassLabels.order(distinct)
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    corpus.labels = labels.map { indices[$0] ?? 0 }
    corpus.classNames = names
  }

  private static func fields(of record: borrowing CSVScanner) -> [String] {
    (0..<record.ends.count).map { column in
      let text = record.withField(column) { decode(Array($0)) }
      let start = text.firstIndex { !$0.isWhitespace }
      let end = text.lastIndex { !$0.isWhitespace }
      return start.flatMap { start in end.map { String(text[start...$0]) } } ?? ""
    }
  }

  /// Decodes UTF-8 or, where it is not that, Latin-1, in which every byte is a character.
  static func decode(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
    return String(scalars)
  }
}
