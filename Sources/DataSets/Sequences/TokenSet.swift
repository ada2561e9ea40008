/// Sequences of token ids, all of one length, with one class each. The ids are whole numbers in `Float` and are never
/// scaled.
///
/// Ids follow Keras's IMDB set: 0 pads, 1 starts every sequence, 2 stands for a word outside the vocabulary, 3 is not used,
/// and the word of frequency rank r, counted from 1, is r + 3.
public struct TokenSet: DivisibleSampleSet {
  public static let padding = 0
  public static let start = 1
  public static let outOfVocabulary = 2
  /// The number that is added to a word's rank to make its id.
  public static let indexFrom = 3

  public let name: String
  public let count: Int
  /// The number of sequences in the file; the first `count` of them are held.
  public let totalCount: Int
  /// Tokens per sequence, padding included.
  public let length: Int
  public let labels: [Int]?
  public let classCount: Int?
  /// Names of the classes, where the source has them.
  public let classNames: [String]?
  /// One more than the largest possible id.
  public let vocabularySize: Int?
  /// The ids, (count, length), row-major.
  let tokens: [Int32]

  public var shape: [Int] { [length] }
  public var standardization: Standardization? { nil }

  /// The largest vocabulary: every id up to here is exact as a `Float`.
  public static let maximumVocabulary = 1 << 24

  /// Makes a set from token ids in memory.
  ///
  /// - Parameters:
  ///   - name: what the set is called.
  ///   - tokens: `[count, length]`, row-major, each within `0..<vocabularySize`.
  ///   - length: tokens in each sequence.
  ///   - labels: a class for each sequence, within `0..<classCount`.
  ///   - classCount: the number of classes.
  ///   - classNames: what the classes are called, or nil.
  ///   - vocabularySize: within `1...maximumVocabulary`.
  ///   - totalCount: sequences in the set that these are the first of; these sequences by default.
  public init(
    name: String, tokens: [Int32], length: Int, labels: [Int], classCount: Int, classNames: [String]? = nil,
    vocabularySize: Int, totalCount: Int? = nil
  ) {
    precondition(
      length > 0 && !tokens.isEmpty && tokens.count % length == 0, "\(tokens.count) tokens do not make rows of \(length)")
    let count = tokens.count / length
    precondition(labels.count == count, "\(labels.count) labels for \(count) sequences")
    precondition(labels.allSatisfy { $0 >= 0 && $0 < classCount }, "labels beyond \(classCount) classes")
    precondition(
      classNames.map { $0.count == classCount } ?? true, "\(classNames?.count ?? 0) names for \(classCount) classes")
    precondition((1...Self.maximumVocabulary).contains(vocabularySize), "a vocabulary of \(vocabularySize)")
    precondition(tokens.allSatisfy { $0 >= 0 && $0 < vocabularySize }, "token ids beyond a vocabulary of \(vocabularySize)")
    self.name = name
    self.count = count
    self.totalCount = totalCount ?? count
    self.length = length
    self.labels = labels
    self.classCount = classCount
    self.classNames = classNames
    self.vocabularySize = vocabularySize
    self.tokens = tokens
  }

  /// Writes ids unchanged, whatever the scaling.
  public func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    checkFill(destination, indices)
    var output = 0
    for index in indices {
      for token in tokens[index * length..<(index + 1) * length] {
        destination[output] = Float(token)
        output += 1
      }
    }
  }

  /// The sequences at `indices`, each within `0..<count`, at least one; classes keep their numbers.
  public func subset(_ indices: [Int]) -> TokenSet {
    precondition(!indices.isEmpty && indices.allSatisfy { $0 >= 0 && $0 < count }, "indices beyond \(count), or none")
    return TokenSet(
      name: name, tokens: indices.flatMap { tokens[$0 * length..<($0 + 1) * length] }, length: length,
      labels: indices.map { labels?[$0] ?? 0 }, classCount: classCount ?? 1, classNames: classNames,
      vocabularySize: vocabularySize ?? Self.maximumVocabulary, totalCount: totalCount)
  }

  /// The same sequences, since ids have no statistics.
  func scaled(like training: TokenSet) -> TokenSet { self }

  /// Appends `sequence`, cut or padded at its front to `length`, as Keras's `pad_sequences` does by default.
  static func appendPadded(_ sequence: some BidirectionalCollection<Int32>, length: Int, to tokens: inout [Int32]) {
    let kept = sequence.suffix(length)
    tokens.append(contentsOf: repeatElement(Int32(padding), count: length - kept.count))
    tokens.append(contentsOf: kept)
  }
}
