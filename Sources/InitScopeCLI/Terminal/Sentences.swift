/// Prose as a list of sentences.
enum Sentences {
  /// Splits after a full stop that a space and a capital or an opening parenthesis follow, outside of parentheses: numbers
  /// such as 0.5 and names such as `normal(std=0.01)` stay whole.
  static func split(_ text: String) -> [String] {
    var sentences: [String] = []
    var sentence = ""
    var depth = 0
    let characters = Array(text)
    for (place, character) in characters.enumerated() {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      sentence.append(character)
      guard character == "." || character == ")", depth <= 0, place + 2 < characters.count, characters[place + 1] == " "
      else { continue }
      // A sentence in parentheses ends with them.
      guard character == "." || characters[place - 1] == "." else { continue }
      let next = characters[place + 2]
      guard next.isUppercase || next == "(" else { continue }
      sentences.append(sentence.trimmingSpaces)
      sentence = ""
    }
    let rest = sentence.trimmingSpaces
    return rest.isEmpty ? sentences : sentences + [rest]
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
