/// The correct answer of each sample: a class, or quantities to predict.
struct Answers {
  enum Kind: Equatable {
    case classes
    /// So many quantities per sample.
    case quantities(Int)
  }
  var kind: Kind
  var labels: [Int]?
  /// Names of the classes, where they are words or truth values.
  var names: [String]?
  var targets: [Float]?
  /// One more than the largest class; larger where a file names classes that do not occur.
  var classCount: Int
  /// The numbers themselves where the array holds floats, and how many belong to one sample.
  private var floats: (values: [Float], width: Int)?

  /// Reads the answers from an array with one row per sample.
  ///
  /// Text and truth values are classes, and so are whole numbers, floats that are all 0 or 1, and rows that are one-hot
  /// codes, whatever the type of their numbers. Other floats are quantities.
  ///
  /// - Throws: `DataError` naming the element that is no class.
  init(_ array: NPYArray) throws(DataError) {
    let width = array.shape.dropFirst().reduce(1, *)
    if let words = array.words {
      guard width == 1 else {
        throw DataError(path: array.path, "has \(width) words for each sample", hint: "Save one class a sample")
      }
      try self.init(words: words, path: array.path)
      return
    }
    let isFloat = array.elementType.isFloat
    if let classes = ClassLabels.classes(fromOneHot: array.values, width: width) {
      self.init(kind: .classes, labels: classes, names: nil, targets: nil, classCount: width)
    } else if isFloat, width > 1 || !array.values.allSatisfy({ $0 == 0 || $0 == 1 }) {
      self.init(kind: .quantities(width), labels: nil, names: nil, targets: array.values, classCount: 0)
    } else {
      try self.init(numbers: array, width: width)
    }
    floats = isFloat ? (array.values, width) : nil
  }

  private init(numbers array: NPYArray, width: Int) throws(DataError) {
    guard width == 1 else {
      throw DataError(
        path: array.path, "has \(width) whole numbers for each sample",
        hint: "Save one class a sample, a one-hot code (one 1 in each row, else 0), or quantities as floats")
    }
    if let index = array.values.firstIndex(where: { !(0...Float(CSVReader.maximumClass)).contains($0) }) {
      let value = array.values[index]
      let areSigns = array.values.allSatisfy { $0 == 1 || $0 == -1 }
      throw DataError(
        path: array.path, position: array.shape.count == 1 ? .entry(index) : .element(row: index, column: 0),
        "is \(Int(exactly: value).map { "\($0)" } ?? "\(value)"), which is no class from 0 to \(CSVReader.maximumClass)",
        hint: areSigns
          ? "Save (y + 1) // 2 in place of -1 and 1: classes are numbered 0, 1, 2, ..."
          : "Number the classes 0, 1, 2, ...; save quantities as floats")
    }
    let labels = array.values.map { Int($0) }, isTruth = array.elementType == .bool
    self.init(
      kind: .classes, labels: labels, names: isTruth ? ClassLabels.truthNames : nil, targets: nil,
      // Zeros and ones are two classes, even where only zeros occur.
      classCount: isTruth || array.elementType.isFloat ? 2 : (labels.max() ?? 0) + 1)
  }

  /// Reads classes named by words; words that are all whole numbers from 0 are these classes.
  private init(words: [String], path: String) throws(DataError) {
    let distinct = Set(words)
    guard distinct.count <= CSVReader.maximumClass + 1 else {
      throw DataError(
        path: path, "has \(distinct.count) different labels; at most \(CSVReader.maximumClass + 1) are read",
        hint: "Is this the array of classes?")
    }
    let names = ClassLabels.order(distinct)
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    self.init(kind: .classes, labels: words.map { numbers[$0] ?? 0 }, names: names, targets: nil, classCount: names.count)
  }

  /// How many numbers one sample's answer has.
  var width: Int {
    guard case .quantities(let width) = kind else { return 1 }
    return width
  }

  init(kind: Kind, labels: [Int]?, names: [String]?, targets: [Float]?, classCount: Int) {
    (self.kind, self.labels, self.names, self.targets, self.classCount) = (kind, labels, names, targets, classCount)
  }

  /// The same floats as quantities to predict; nil for other arrays.
  var asQuantities: Answers? {
    floats.map { Answers(kind: .quantities($0.width), labels: nil, names: nil, targets: $0.values, classCount: 0) }
  }

  /// Numbers the classes of training and test answers together, so that words in only one part count in both.
  static func united(_ first: Answers, _ second: Answers) -> (Answers, Answers) {
    var (first, second) = (first, second)
    let classes = max(first.classCount, second.classCount)
    if let own = first.names, let other = second.names, own != other {
      let names = ClassLabels.order(own + other)
      let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      first.labels = first.labels?.map { numbers[own[$0]] ?? 0 }
      second.labels = second.labels?.map { numbers[other[$0]] ?? 0 }
      (first.names, second.names) = (names, names)
      (first.classCount, second.classCount) = (names.count, names.count)
      return (first, second)
    }
    (first.classCount, second.classCount) = (classes, classes)
    return (first, second)
  }

  /// The first `count` answers.
  func prefix(_ count: Int) -> Answers {
    var answers = self
    answers.labels = labels.map { Array($0.prefix(count)) }
    if case .quantities(let width) = kind { answers.targets = targets.map { Array($0.prefix(count * width)) } }
    return answers
  }
}
