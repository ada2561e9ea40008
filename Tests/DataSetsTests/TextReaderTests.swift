import DataSets
import Testing

@Suite struct TextReaderTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  private func load(
    _ path: String, fraction: Double? = nil, length: Int = 6, words: Int = 100
  ) throws -> DataSplits {
    let options = LoadingOptions(testFraction: fraction, sequenceLength: length, vocabularySize: words)
    return try #require(try DataSource(parsing: "text:\(path)").loadSplits(options))
  }

  @Test(arguments: [
    ("It's GOOD, really good!", ["it's", "good", "really", "good"]),
    ("'quoted' rock 'n' roll", ["quoted", "rock", "n", "roll"]),
    ("it\u{2019}s", ["it's"]), ("Ünïcode naïve", ["ünïcode", "naïve"]), ("e\u{301}te\u{301}", ["e\u{301}te\u{301}"]),
    ("3.5 stars", ["3", "5", "stars"]), (" -- ''' \t", []), ("", []),
  ])
  func wordsAreRunsOfLetters(text: String, words: [String]) {
    #expect(Vocabulary.words(of: text) == words)
  }

  /// Ranks by frequency, ties in order of scalars: a 3, b 2, c 2, d 1.
  @Test func theMostFrequentWordsHaveIds() {
    let texts = ["a c b a", "b c a d"].map(Vocabulary.words)
    let all = Vocabulary(texts: texts, size: 100)
    #expect(["a", "b", "c", "d", "e"].map(all.id) == [4, 5, 6, 7, 2])
    let few = Vocabulary(texts: texts, size: 6)
    #expect(few.wordCount == 2)
    #expect(few.encode(["a", "b", "c", "d"]) == [1, 4, 5, 2, 2])
  }

  @Test func aTableIsReadAndPadded() throws {
    let csv = "label,text\nbad,\"a a, b\"\ngood,a b c d e f g\nbad,\n"
    let splits = try load(directory.write(csv, as: "t.csv"))
    let set = try #require(splits.training as? TokenSet)
    #expect(splits.test == nil)
    #expect(set.classNames == ["bad", "good"])
    #expect(set.labels == [0, 1, 0])
    #expect(set.shape == [6])
    // Padding and truncation both at the front; a is the most frequent word, then b, then the others by name.
    #expect(samples(set, [0, 1, 2], .raw) == [0, 0, 1, 4, 4, 5, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 1])
  }

  @Test func numericLabelsGoByValue() throws {
    let set = try #require(try load(directory.write("text,label\na,10\nb,9\nc,-1\n", as: "t.csv")).training as? TokenSet)
    #expect(set.classNames == ["-1", "9", "10"])
    #expect(set.labels == [2, 1, 0])
  }

  /// UTF-8 in one file, Latin-1 in the other; 0x85 is an ellipsis to Windows and a line break to Unicode.
  @Test func aDirectoryHasOneFileForEachClass() throws {
    _ = try directory.write("caf\u{E9} one\r\n\r\n  \r\ntwo\r\n", as: "b.txt")
    _ = try directory.write(Array("caf".utf8) + [0xE9, 0x20, 0x85] + Array(" three\nfour".utf8), as: "a.TXT")
    _ = try directory.write("not a class", as: "README.md")
    let set = try #require(try load(directory.path, length: 4).training as? TokenSet)
    #expect(set.classNames == ["a", "b"])
    #expect(set.labels == [0, 0, 1, 1])
    // café 4, then four, one, three, two.
    #expect(samples(set, [0, 1, 2, 3], .raw) == [0, 1, 4, 7, 0, 0, 1, 5, 0, 1, 4, 6, 0, 0, 1, 8])
  }

  /// A word that only the held-out part has is outside the vocabulary.
  @Test func theVocabularyIsTheTrainingPartsAlone() throws {
    let csv = "text,label\n" + (0..<100).map { "word\($0),\($0 % 2)\n" }.joined()
    let splits = try load(directory.write(csv, as: "t.csv"), fraction: 0.3, length: 4, words: 1000)
    let test = try #require(splits.test)
    #expect(splits.training.count == 70)
    #expect(test.count == 30)
    #expect(samples(test, Array(0..<30), .raw) == (0..<30).flatMap { _ in [0, 0, 1, 2] as [Float] })
    #expect(Set(samples(splits.training, Array(0..<70), .raw)).subtracting([0, 1]) == Set((4..<74).map(Float.init)))
    #expect(test.vocabularySize == 1000)
  }

  @Test(arguments: [
    ("", "is empty"), ("text,label\n", "has a header and no rows"), ("a,b\n1,2\n", "line 1: has no header"),
    ("text,label,text\n", "line 1: has no header"), ("text,label\na,0\nb,1,2\n", "line 3: has 3 columns where line 1 has 2"),
    ("text,label\na,0\nb,0\n", "has 1 different labels"), ("text,label\na,0\nb,\n", "line 3, column 2: the label is empty"),
    ("text,label\n\"a,0\n", "opens a quote that never closes"),
  ])
  func whatIsRefusedIsNamed(csv: String, message: String) throws {
    let path = try directory.write(csv, as: "t.csv")
    let error = failure { () throws(DataError) in try DataSource.text(path: path).loadSplits() }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.hint != nil)
  }

  @Test func aDirectoryNeedsTwoClasses() throws {
    let source = DataSource.text(path: directory.path)
    _ = try directory.write("one\n", as: "a.txt")
    #expect(failure { () throws(DataError) in try source.loadSplits() }?.message.hasPrefix("holds 1 .txt files") == true)
    _ = try directory.write(" \n!\n", as: "b.txt")
    #expect(failure { () throws(DataError) in try source.loadSplits() }?.message == "holds no sample")
    let missing = failure { () throws(DataError) in try DataSource.text(path: "\(directory.path)/none").loadSplits() }
    #expect(missing?.message.hasPrefix("cannot be opened") == true)
  }
}
