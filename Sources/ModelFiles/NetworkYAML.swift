import NetworkGraph
import Yams

/// Reads networks written in YAML:
///
///     name: my-mlp
///     input: 784
///     layers:
///       - dense: {units: 256, activation: relu, repeat: 20}
///       - residual:
///           - dense: {units: 256, activation: relu}
///           - dense: {units: 256, weights: zeros}
///       - dense: {units: 10, name: head, weights: glorot_uniform}
///
/// `dense: 256` is short for `dense: {units: 256}`. Layers follow one another unless `inputs` names others. Inside braces a
/// comma ends a field, so a specification with commas is quoted there: `{units: 256, weights: "normal(std=0.1,mean=1)"}`.
/// Files are treated as hostile: their size, depth and number of layers are limited, and YAML aliases are refused.
public enum NetworkYAML {
  /// The largest file, in bytes.
  public static let largestFile = 1 << 20
  /// Deepest nesting of residual blocks.
  static let deepestNesting = 16

  /// Reads the network in `text`; `path` is what errors call the file.
  ///
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(_ text: String, path: String) throws(NetworkFileError) -> Network {
    try source(text, path: path).network
  }

  /// The same with the line on which each layer stands.
  ///
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func source(_ text: String, path: String) throws(NetworkFileError) -> NetworkSource {
    guard let root = try compose(text, path: path) else {
      throw NetworkFileError(path: path, "the file is empty", hint: "Give input: and layers:")
    }
    var reader = NetworkYAMLReader(path: path)
    let network = try reader.network(root)
    return NetworkSource(network: network, lines: reader.lines)
  }

  /// Parses the document's tree, after checking size, depth and aliases; nil for an empty file.
  static func compose(_ text: String, path: String) throws(NetworkFileError) -> Yams.Node? {
    guard text.utf8.count <= largestFile else { throw tooLarge(path) }
    // libyaml looks for a byte order mark only when it may guess the encoding.
    let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    try YAMLGuard.check(text, path: path)
    do {
      // Every scalar is read as text, so no type has to be guessed.
      return try Yams.compose(yaml: text, .basic)
    } catch {
      throw syntaxError(error, path: path)
    }
  }

  static func tooLarge(_ path: String) -> NetworkFileError {
    NetworkFileError(
      path: path, "is larger than a network file's limit of \(largestFile) bytes",
      hint: "Use repeat: N for layers that recur")
  }

  private static func syntaxError(_ error: any Error, path: String) -> NetworkFileError {
    guard let error = error as? YamlError else { return NetworkFileError(path: path, "\(error)") }
    let hint = "Check the indentation, colons, brackets and quotes there"
    switch error {
    case .parser(_, let problem, let mark, _) where problem.hasPrefix("Maximum nesting level"):
      return NetworkFileError(
        path: path, line: mark.line, column: mark.column, YAMLGuard.tooDeep, hint: YAMLGuard.tooDeepRemedy)
    case .composer(_, _, let mark, _):
      // With aliases refused, the composer has only one error left.
      return NetworkFileError(
        path: path, line: mark.line, column: mark.column, "a second document begins",
        hint: "Describe one network in one file")
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      return NetworkFileError(
        path: path, line: mark.line, column: mark.column,
        "not valid YAML: \(problem)\(context.map { " \($0.text)" } ?? "")", hint: hint)
    case .reader(let problem, let offset, let value, let text):
      let before = text.prefix(offset ?? 0)
      let code = String(value, radix: 16, uppercase: true)
      let lineStart = before.lastIndex(where: \.isNewline).map(before.index(after:)) ?? before.startIndex
      return NetworkFileError(
        path: path, line: before.count(where: \.isNewline) + 1,
        column: before.distance(from: lineStart, to: before.endIndex) + 1,
        "not valid YAML: \(problem) (U+\(code))", hint: "Remove the character")
    case .duplicatedKeysInMapping(let duplicates, let context):
      return NetworkFileError(
        path: path, line: context.mark.line, column: context.mark.column,
        "the key '\(duplicates.map { "\($0)" }.joined(separator: "', '"))' stands twice", hint: "Remove one")
    default:
      return NetworkFileError(path: path, "not valid YAML: \(error)")
    }
  }
}
