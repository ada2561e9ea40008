/// Reads the texts that Python's `repr` writes: `'a'`, `"it's"`, and lists of them.
enum PythonLiteral {
  /// The string that `text` begins with; nil where it begins with none.
  static func string(_ text: Substring) -> String? {
    var rest = text.unicodeScalars
    return string(&rest)
  }

  /// A list of strings, such as `['', 'layer1', 'layer1.0']`; nil where `text` is none.
  static func strings(_ text: String) -> [String]? {
    var rest = text.unicodeScalars[...]
    func skipSpaces() { rest = rest.drop { $0 == " " } }
    guard rest.popFirst() == "[" else { return nil }
    var list: [String] = []
    skipSpaces()
    if rest.first == "]" { return [] }
    while true {
      skipSpaces()
      guard let item = string(&rest) else { return nil }
      list.append(item)
      skipSpaces()
      switch rest.popFirst() {
      case ",": continue
      case "]": return list
      default: return nil
      }
    }
  }

  private static func string(_ rest: inout Substring.UnicodeScalarView) -> String? {
    guard let quote = rest.popFirst(), quote == "'" || quote == "\"" else { return nil }
    var value = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == quote { return String(value) }
      guard scalar == "\\" else {
        value.append(scalar)
        continue
      }
      guard let escaped = rest.popFirst() else { return nil }
      switch escaped {
      case "\\", "'", "\"": value.append(escaped)
      case "n": value.append("\n")
      case "r": value.append("\r")
      case "t": value.append("\t")
      case "x", "u", "U":
        let length = escaped == "x" ? 2 : escaped == "u" ? 4 : 8
        let digits = rest.prefix(length)
        guard digits.count == length, let code = UInt32(String(digits), radix: 16), let decoded = Unicode.Scalar(code)
        else { return nil }
        value.append(decoded)
        rest = rest.dropFirst(length)
      default: return nil
      }
    }
    return nil
  }
}
