import InitScope

/// What `--penalty` says: `l2(0.0001)` for every layer, `dense_1=l1(0.01)` for one.
struct LayerPenalty {
  var layer: String?
  var penalty: Penalty

  /// A layer's name ends at the first `=` outside parentheses: `l2(l2=0.1)` names none.
  init(parsing text: String) throws {
    if let sign = text.firstIndex(of: "="), sign < text.firstIndex(of: "(") ?? text.endIndex {
      layer = text[..<sign].trimmingSpaces
      penalty = try Penalty(parsing: String(text[text.index(after: sign)...]))
    } else {
      penalty = try Penalty(parsing: text)
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
