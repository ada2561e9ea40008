import Yams

/// Recognizes text that is valid by itself and describes no network of ours: a model's JSON, a program, a table.
///
/// Asked only after a text was refused, so that it never stands in a valid file's way.
enum ForeignText {
  /// What the text is, and what to do; nil where it seems meant for what it was read as.
  static func recognize(_ text: String, path: String) -> (what: String, hint: String)? {
    if let known = document(text) { return known }
    if isProgram(text, path: path) {
      return ("is a program, and programs are not run", ForeignFile.fromPython)
    }
    if hasSuffix(path, [".csv", ".tsv"]) {
      return ("is a table", "Data goes to --input; the network is a YAML file or a preset (`initscope list presets`)")
    }
    if text.utf8.first == 0x3C { return ("is XML or HTML", ForeignFile.ownLanguage) }
    return nil
  }

  // MARK: JSON, which is YAML, too

  private static func document(_ text: String) -> (what: String, hint: String)? {
    let keys = topLevelKeys(text)
    func has(_ names: String...) -> Bool { names.allSatisfy(keys.contains) }
    if has("class_name", "config") {
      return (
        "is the JSON of a Keras model, as model.to_json() writes it",
        "It describes a network: give it in the network's place"
      )
    }
    if has("schemaVersion", "runs") {
      return (
        "is a report that InitScope wrote, not a network",
        "Give the network's file or preset; a report goes to `initscope check --baseline`"
      )
    }
    if has("model_type") || has("architectures") {
      return ("is the configuration of a Hugging Face model, which names no layers", ForeignFile.fromPython)
    }
    if has("nbformat", "cells") { return ("is a Jupyter notebook, and programs are not run", ForeignFile.fromPython) }
    if isBounds(text) {
      return ("is a file of bounds, not a network", "Give it to `initscope check --bounds`; it may name its network itself")
    }
    return nil
  }

  /// Whether the text has the keys of a file of bounds.
  static func isBounds(_ text: String) -> Bool {
    let keys = topLevelKeys(text)
    return keys.contains("bounds") || keys.contains("rules") && !keys.contains("layers")
  }

  /// Whether the text has the keys of a network file.
  static func isNetwork(_ text: String) -> Bool { topLevelKeys(text).isSuperset(of: ["input", "layers"]) }

  /// The keys of a document that is one mapping; none where it is not, or is no YAML.
  private static func topLevelKeys(_ text: String) -> Set<String> {
    guard let root = try? NetworkYAML.compose(text, path: ""), let mapping = root.mapping else { return [] }
    return Set(mapping.compactMap { $0.key.scalar?.string })
  }

  // MARK: Programs

  private static func isProgram(_ text: String, path: String) -> Bool {
    if hasSuffix(path, [".py", ".swift", ".ipynb", ".sh", ".m", ".jl", ".cpp"]) { return true }
    if text.hasPrefix("#!") { return true }
    // The first line that is no comment of Python.
    let first = text.split(separator: "\n").lazy.map { $0.drop { $0 == " " || $0 == "\t" } }
      .first { !$0.isEmpty && $0.first != "#" }
    guard let first else { return false }
    return ["import ", "from ", "def ", "class ", "\"\"\"", "'''", "async def ", "@"].contains { first.hasPrefix($0) }
  }

  private static func hasSuffix(_ path: String, _ endings: [String]) -> Bool {
    let path = path.lowercased()
    return endings.contains { path.hasSuffix($0) }
  }
}
