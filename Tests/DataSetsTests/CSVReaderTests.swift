import DataSets
import Foundation
import NetworkGraph
import TestSupport
import Testing

@Suite struct CSVReaderTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  private func read(_ text: String, limit: Int? = nil) throws -> FeatureTable {
    try CSVReader.read(path: directory.write(text, as: "t.csv"), limit: limit)
  }

  private func read(_ text: String, _ columns: TableColumns) throws -> FeatureTable {
    try CSVReader.read(path: directory.write(text, as: "t.csv"), columns: columns)
  }

  private func refusal(_ text: String, _ columns: TableColumns) throws -> DataError? {
    let path = try directory.write(text, as: "t.csv")
    return failure { () throws(DataError) in try CSVReader.read(path: path, columns: columns) }
  }

  private func refusal(_ text: String, limit: Int? = nil) throws -> DataError? {
    let path = try directory.write(text, as: "t.csv")
    return failure { () throws(DataError) in try CSVReader.read(path: path, limit: limit) }
  }

  @Test func withoutAHeaderEveryColumnIsAFeature() throws {
    let table = try read("1,2.5,-3e2\n4,.5,+6\n")
    #expect(table.shape == [3])
    #expect(table.featureNames == nil)
    #expect(table.labels == nil)
    #expect(samples(table, [1, 0], .raw) == [4, 0.5, 6, 1, 2.5, -300])
  }

  /// "a,label" and a row, as Windows programs save "Unicode text".
  @Test func textInUTF16IsRefusedByName() throws {
    let path = try directory.write("", as: "t.csv")
    let text: [UInt8] = [0xFF, 0xFE] + "a,label\n1,0\n".utf8.flatMap { [$0, 0] }
    try Data(text).write(to: URL(filePath: path))
    let error = failure { () throws(DataError) in try CSVReader.read(path: path) }
    #expect(error?.position == .line(1) && error?.hint == "Save the table as UTF-8")
    #expect(error?.message.contains("UTF-16") == true)
  }

  @Test(arguments: ["label", "Target", "CLASS"])
  func aNamedColumnHoldsClasses(name: String) throws {
    let table = try read("a,\(name),b\n1,0,2\n3,4,5\n6,1.0,8\n")
    #expect(table.featureNames == ["a", "b"])
    #expect(table.labels == [0, 4, 1])
    #expect(table.classCount == 5)
    #expect(samples(table, [0, 1, 2], .raw) == [1, 2, 3, 5, 6, 8])
  }

  /// RFC 4180 sections 2.1 to 2.7, and what other programs write: a byte order mark, empty lines, spaces,
  /// no last line break.
  @Test(arguments: [
    "x,y\n1,2\n3,4\n", "x,y\r\n1,2\r\n3,4\r\n", "x,y\n1,2\n3,4", "\u{FEFF}x,y\n1,2\n3,4\n", "\n\nx,y\n\n1,2\r\n\r\n3,4\n\n",
    "\"x\",\"y\"\n\"1\",\"2\"\r\n\"3\",\"4\"\r\n", " x , y \n 1 ,\t2\n3 , 4 \n",
  ])
  func formsOfOneTable(text: String) throws {
    let table = try read(text)
    #expect(table.featureNames == ["x", "y"])
    #expect(samples(table, [0, 1], .raw) == [1, 2, 3, 4])
  }

  @Test func quotedNamesMayHoldAnything() throws {
    let table = try read("\"a, \"\"b\"\"\",\"two\nlines\"\n1,2\n")
    #expect(table.featureNames == ["a, \"b\"", "two\nlines"])
    // The line break within the name counts: the next row is on line 3.
    #expect(try refusal("\"a, \"\"b\"\"\",\"two\nlines\"\n1,2,3\n")?.position == .line(3))
  }

  /// Longer than the reader's 64 KiB buffer, so that fields straddle its edge.
  @Test(arguments: [false, true])
  func longTablesAreReadWhole(compressed: Bool) throws {
    let rows = 20_000
    let text = "index,half,label\n" + (0..<rows).map { "\($0),\(Double($0) / 2),\($0 % 7)\n" }.joined()
    let path = try directory.write(compressed ? gzip(Array(text.utf8)) : Array(text.utf8), as: "long.csv")
    let table = try CSVReader.read(path: path)
    #expect(table.count == rows)
    expectEqual(samples(table, Array(0..<rows), .raw), (0..<rows).flatMap { [Float($0), Float($0) / 2] })
    expectEqual(try #require(table.labels), (0..<rows).map { $0 % 7 })
  }

  @Test func theLimitKeepsRowsButChecksAll() throws {
    let table = try read("a,label\n1,0\n2,1\n3,6\n", limit: 2)
    #expect(table.count == 2)
    #expect(table.totalCount == 3)
    #expect(table.labels == [0, 1])
    #expect(table.classCount == 7)
    #expect(try refusal("a,label\n1,0\n2,1\nx,6\n", limit: 2)?.position == .cell(line: 4, column: 1))
  }

  @Test(arguments: [
    ("a,b\n1,2\n3\n", "line 3: has 1 column where line 1 has 2"),
    ("1,2\n1,2,3\n", "line 2: has 3 columns where line 1 has 2"),
    ("a,b\n1,nan\n", "line 2, column 2: 'b' is nan as a 32-bit float"), ("1,2\n-Inf,3\n", "line 2, column 1: is -inf as a"),
    ("a\n1e39\n", "line 2, column 1: 'a' is inf as a 32-bit float"), ("a,b\n1,\n", "line 2, column 2: 'b' is empty"),
    ("1,2\n1,two\n", "line 2, column 2: is 'two', not a number"), ("a\n0x10\n", "is '0x10', not a number"),
    ("a\n1e\n", "is '1e', not a number"), ("a\n1 2\n", "is '1 2', not a number"), ("a\n.\n", "is '.', not a number"),
    ("1;2\n3;4\n", "Separate the columns by commas"), (",0,1\n0,5,6\n", "line 1, column 1: is empty"),
    ("a,label\n1,-1\n", "'label' is -1.0, which is no class"), ("a,target\n1,0.5\n", "'target' is 0.5, which is no class"),
    ("a,class\n1,0\n2,cat\n", "line 3, column 2: 'class' is 'cat', not a number, where rows before hold numbers"),
    ("a,class\n1,cat\n2,1\n", "'class' is '1', a number, where rows before hold words"),
    ("a,class\n1,cat\n2,\n", "line 3, column 2: 'class' is empty"),
    (
      "a,b\n1,cat\n",
      "'b' is 'cat', not a number. Every cell below the header must be a number, with a point for decimals. "
        + "If the column holds classes, give --label-column b"
    ),
    ("label,b,class\n0,1,2\n", "line 1, column 3: columns 'label' and 'class' both name classes"),
    ("label\n0\n", "line 1: has no features beside 'label'"), ("", "is empty"), ("\n\n\n", "is empty"),
    ("a,b\n", "and no rows"),
    ("a,b\n1,\"2\n3,4\n", "line 2: opens a quote that never closes"), ("1,2\"3\n", "has a quote within an unquoted field"),
    ("\"1\"2,3\n", "has text after a closing quote"), ("\"\"\n", "is empty"), ("1\n2\r3\n", "not a number"),
  ])
  func whatIsRefusedIsNamed(text: String, message: String) throws {
    let error = try refusal(text)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func moreColumnsThanTheLimitAreRefused() throws {
    #expect(try refusal(String(repeating: ",", count: 1 << 20))?.message == "has more than 1048576 columns")
  }

  // MARK: Labels

  @Test func wordsAreClassesInTheirOrder() throws {
    let table = try read("a,label\n1,dog\n2,cat\n3,dog\n4,ant\n", limit: 3)
    #expect(table.classNames == ["ant", "cat", "dog"])
    // Of the rows held; the class of the fourth counts.
    #expect(table.labels == [2, 1, 2] && table.classCount == 3)
    #expect(samples(table, [0, 1, 2], .raw) == [1, 2, 3])
  }

  @Test(arguments: ["True", "true", "TRUE"]) func truthValuesAreClassesAndNumbers(yes: String) throws {
    let table = try read("a,flag,label\n1,\(yes),False\n2,false,\(yes)\n")
    #expect(table.labels == [0, 1] && table.classCount == 2)
    #expect(samples(table, [0, 1], .raw) == [1, 1, 2, 0])
    // Without a header, truth values make none.
    #expect(try read("1,\(yes)\n2,False\n").count == 2)
  }

  @Test func aOneHotCodeIsOneClass() throws {
    let table = try read("a,label_cat,label_dog,b\n1,0,1,5\n2,1,0,6\n")
    #expect(table.classNames == ["cat", "dog"] && table.labels == [1, 0])
    #expect(table.featureNames == ["a", "b"] && samples(table, [0, 1], .raw) == [1, 5, 2, 6])
    // Where a row is none, the columns are what they seem.
    #expect(try read("a,class_size,class_age\n1,0,1\n2,1,7\n").featureNames == ["a", "class_size", "class_age"])
    let declared = TableColumns(labels: ["x", "y", "z"])
    #expect(try read("a,x,y,z\n1,0,0,1\n2,1,0,0\n", declared).labels == [2, 0])
    #expect(try refusal("a,x,y,z\n1,0,0,1\n2,1,0,1\n", declared)?.description.contains("line 3: is no one-hot code") == true)
  }

  @Test func columnsAreChosenByNameOrNumber() throws {
    let text = "id,a,species,weight\nx1,1,setosa,7\nx2,2,virginica,8\n"
    let named = try read(text, TableColumns(labels: ["species"], leftOut: ["id"]))
    #expect(named.featureNames == ["a", "weight"] && named.classNames == ["setosa", "virginica"])
    let answers = try read(text, TableColumns(responses: ["weight"], leftOut: ["ID", "3"]))
    #expect(answers.targets == [7, 8] && answers.featureNames == ["a"])
    // A table without a header, whose last column holds words.
    let bare = try read("5.1,3.5,setosa\n6.2,3.4,virginica\n", TableColumns(labels: ["3"]))
    #expect(bare.count == 2 && bare.labels == [0, 1] && bare.classNames == ["setosa", "virginica"])
  }

  @Test(arguments: [
    (TableColumns(labels: ["specie"]), "has no column 'specie' (--label-column). Did you mean 'species'?"),
    (TableColumns(leftOut: ["9"]), "has no column '9' (--leave-out)"),
    (TableColumns(labels: ["a"], leftOut: ["a"]), "the column 'a' is named by two options"),
    (TableColumns(labels: ["species"]), "'target' names classes beside --label-column species"),
    (TableColumns(leftOut: ["a", "species", "target"]), "has no features beside"),
  ])
  func columnsThatAreNotThereAreNamed(columns: TableColumns, message: String) throws {
    let error = try refusal("a,species,target\n1,2,0\n", columns)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  /// Nobody is told to feed an id or the answers to the network.
  @Test func aTableWithTooManyColumnsNamesIdsAndAnswers() throws {
    let table = try read("id,a,b,y\n1,1,2,0\n2,3,4,1\n")
    let network = try Network(input: .features(2)) { Dense(2) }
    let error = failure { () throws(DataError) in try table.fitted(to: network) }
    #expect(error?.message.contains("'id' looks like an id, 'y' looks like the answer") == true)
    #expect(error?.hint == "Give --leave-out id and --label-column y")
  }

  /// Escape sequences of a file are written out, in names, cells and classes.
  @Test func nothingInAFileSteersATerminal() throws {
    let escape = "\u{1B}[31m"
    for text in ["a,\(escape)b\n1,x\(escape)\n", "label\(escape),label\(escape)\n1\n", "a,label\n1,0\n1,\(escape)\n"] {
      let error = try refusal(text)
      #expect(error?.description.contains("\u{1B}") == false, "\(String(describing: error))")
    }
    #expect(ClassNames.text(2, ["\(escape)x", "y\u{9B}"]) == "2 classes (\\u{1B}[31mx, y\\u{9B})")
  }
}
