import NumberText
import SignalPropagation

/// The runs as pictures show them that have no room for thousands of layers: by blocks, with a line that names these.
package struct FoldedRuns {
  package let runs: [InitializerRun]
  /// What a column is: `layer` or `block`.
  package let unit: String
  /// The line that says which numbers stand for which modules; empty where nothing is folded.
  package let note: [String]

  package init(_ runs: [InitializerRun]) {
    self.runs = runs.map(\.folded)
    let pair = zip(runs, self.runs).first { $0.layers.count > $1.layers.count }
    unit = pair == nil ? "layer" : "block"
    note =
      pair.map { run, folded in
        [
          "\(folded.layers.count) blocks of \(run.layers.count) layers, each by its last layer: "
            + Self.names(folded.layers.map(\.name))
        ]
      } ?? []
  }

  /// Numbers and names, with series such as `3-14 transformer.h.0 to 11` as one.
  package static func names(_ names: [String]) -> String {
    var parts: [(from: Int, to: Int, name: String, last: String?)] = []
    for (place, name) in names.enumerated() {
      let stem = Self.stem(name)
      if let number = stem.number, let open = parts.last, let previous = Self.stem(open.name).number,
        Self.stem(open.name).stem == stem.stem, previous + (open.to - open.from) + 1 == number
      {
        (parts[parts.count - 1].to, parts[parts.count - 1].last) = (place + 1, String(number))
      } else {
        parts.append((place + 1, place + 1, name, nil))
      }
    }
    let shown = parts.count > mostNames ? Array(parts.prefix(mostNames - 1)) : parts
    var words = shown.map { part in
      part.last.map { "\(part.from)-\(part.to) \(part.name) to \($0)" } ?? "\(part.from) \(part.name)"
    }
    if shown.count < parts.count { words.append("and \(parts.count - shown.count) more") }
    return words.joined(separator: ", ")
  }

  private static let mostNames = 24

  /// `transformer.h.` and 3 of `transformer.h.3`.
  private static func stem(_ name: String) -> (stem: Substring, number: Int?) {
    guard let point = name.lastIndex(of: "."), let number = Int(name[name.index(after: point)...]),
      (0..<1_000_000).contains(number)
    else {
      return (name[...], nil)
    }
    return (name[...point], number)
  }
}
