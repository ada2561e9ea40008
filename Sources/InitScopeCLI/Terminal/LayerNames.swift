/// Names of layers in a column of a table: shortened, and still told apart.
struct LayerNames {
  struct Line: Equatable {
    /// The module that this row and the next ones belong to, where it begins.
    var heading: String?
    var text: String
  }

  let lines: [Line]

  /// Paths are cut to `width`. Where that makes two of them equal, rows of one module stand below its name.
  init(_ names: [String], width: Int) {
    let short = names.map { TextTable.fit(path: $0, width) }
    guard Set(short).count < Set(names).count else {
      lines = short.map { Line(heading: nil, text: $0) }
      return
    }
    var lines: [Line] = []
    var module = ""
    for (place, name) in names.enumerated() {
      let own = Self.module(of: name)
      // A module of one row needs no line of its own.
      let isAlone =
        (place == 0 || Self.module(of: names[place - 1]) != own)
        && (place + 1 == names.count || Self.module(of: names[place + 1]) != own)
      if own.isEmpty || isAlone {
        module = ""
        lines.append(Line(heading: nil, text: TextTable.fit(name, width)))
      } else {
        let rest = String(name.dropFirst(own.count + 1))
        lines.append(Line(heading: own == module ? nil : own, text: "  " + TextTable.fit(rest, width - 2)))
        module = own
      }
    }
    self.lines = lines
  }

  /// The numbered module that a layer belongs to, such as `encoder.layer.0`, else the one right around it.
  private static func module(of name: String) -> String {
    let parts = name.split(separator: ".").dropLast()
    let numbered = parts.lastIndex(where: isNumbered) ?? parts.endIndex - 1
    return numbered < 0 ? "" : parts[...numbered].joined(separator: ".")
  }

  /// `0`, and `encoder_layer_0` as torchvision has it.
  private static func isNumbered(_ part: Substring) -> Bool {
    part.split(separator: "_").last.map { Int($0) != nil } ?? false
  }
}
