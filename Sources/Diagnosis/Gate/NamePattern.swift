/// A name pattern in which `*` stands for any characters and `?` for any one: `dense_*`, `block?.conv`.
public struct NamePattern: Hashable, Sendable, CustomStringConvertible {
  public var text: String
  public init(_ text: String) { self.text = text }
  public var description: String { text }

  /// Whether the pattern has no `*` or `?` and matches only itself.
  public var isLiteral: Bool { !text.contains("*") && !text.contains("?") }

  /// Whether the pattern matches the whole name. Takes at most the product of both lengths, whatever the number of stars.
  public func matches(_ name: String) -> Bool {
    let pattern = Array(text), name = Array(name)
    var p = 0, n = 0
    // The place of the last star, and how much of the name it has matched.
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        (p, n) = (p + 1, n + 1)
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (p, n) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
