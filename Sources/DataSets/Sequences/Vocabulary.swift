/// The most frequent words of a training text, with their token ids.
///
/// Words are runs of letters, digits and apostrophes, lower-cased. The word of frequency rank r, counted from 1, has the id
/// `r + TokenSet.indexFrom`; words of one frequency go in the order of their Unicode scalars, so that a text has one
/// vocabulary.
package struct Vocabulary: Sendable {
  /// One more than the largest possible id.
  package let size: Int
  private let ids: [String: Int32]

  /// Counts the words of `texts` and keeps those whose ids are below `size`.
  package init(texts: some Sequence<[String]>, size: Int) {
    precondition(size > TokenSet.indexFrom + 1, "a vocabulary of \(size) ids has none for a word")
    var counts: [String: Int] = [:]
    for text in texts {
      for word in text { counts[word, default: 0] += 1 }
    }
    let ranked = counts.sorted { ($1.value, $0.key.unicodeScalars) < ($0.value, $1.key.unicodeScalars) }
    var ids: [String: Int32] = [:]
    for (index, entry) in ranked.prefix(size - TokenSet.indexFrom - 1).enumerated() {
      ids[entry.key] = Int32(index + 1 + TokenSet.indexFrom)
    }
    self.size = size
    self.ids = ids
  }

  /// The number of words that have an id of their own.
  package var wordCount: Int { ids.count }

  package func id(of word: String) -> Int32 { ids[word] ?? Int32(TokenSet.outOfVocabulary) }

  /// Encodes a text as the start token followed by the words' ids.
  package func encode(_ words: [String]) -> [Int32] { [Int32(TokenSet.start)] + words.map(id) }

  /// Splits a text into lower-case words.
  package static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    func finish() {
      // An apostrophe belongs to a word when it is inside it, not at its ends.
      let text = String(word).drop { $0 == "'" }
      if let end = text.lastIndex(where: { $0 != "'" }) { words.append(String(text[...end])) }
      word.removeAll(keepingCapacity: true)
    }
    for scalar in text.lowercased().unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "'" || isMark(scalar) {
        word.append(scalar)
      } else if scalar == "\u{2019}" {
        word.append("'")
      } else if !word.isEmpty {
        finish()
      }
    }
    if !word.isEmpty { finish() }
    return words
  }

  /// Whether the character is an accent that follows its letter.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .nonspacingMark }
}

private func < (
  left: (Int, String.UnicodeScalarView), right: (Int, String.UnicodeScalarView)
) -> Bool {
  left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
