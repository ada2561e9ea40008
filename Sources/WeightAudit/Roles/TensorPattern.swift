/// A pattern of tensor names: `*` stands for any characters and `?` for any one; `|` separates alternatives; a final
/// `.weight` may be left out.
public struct TensorPattern: Hashable, Sendable, CustomStringConvertible {
  public var text: String
  private let alternatives: [[UInt8]]

  public init(_ text: String) {
    self.text = text
    alternatives = text.split(separator: "|").map {
      Array($0.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
    }
  }

  public var description: String { text }

  /// Whether the pattern matches the whole name. Takes at most the product of both lengths, whatever the number of stars.
  public func matches(_ name: String) -> Bool {
    let bytes = Array(name.utf8), suffix = Array(".weight".utf8)
    let short =
      bytes.count > suffix.count && bytes.suffix(suffix.count) == suffix[...] ? Array(bytes.dropLast(suffix.count)) : nil
    return alternatives.contains { pattern in
      Self.matches(pattern, bytes) || short.map { Self.matches(pattern, $0) } ?? false
    }
  }

  private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    let any = UInt8(ascii: "*"), one = UInt8(ascii: "?")
    var p = 0, n = 0
    // The place of the last star, and how much of the name it has matched.
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == any {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == one || pattern[p] == name[n] {
        (p, n) = (p + 1, n + 1)
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (p, n) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == any }
  }
}
