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
/// `dense: 256` is short for `dense: {units: 256}`. Layers follow one another unless `inputs` names others. Files are taken
/// for hostile: their size, depth and number of layers are limited, and YAML aliases are refused.
public enum NetworkYAML {
  /// Largest file, in bytes.
  public static let largestFile = 1 << 20
  /// Deepest nesting of residual blocks.
  static let deepestNesting = 16

  /// Reads the network in `text`; `path` is what errors call the file.
  ///
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(_ text: String, path: String) throws(NetworkFileError) -> Network {
    guard text.utf8.count <= largestFile else {
      throw NetworkFileError(
        path: path, "a network file has at most \(largestFile) bytes, got \(text.utf8.count)",
        hint: "Use repeat: N for layers that recur")
    }
    try YAMLGuard.check(text, path: path)
    let root: Yams.Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw syntaxError(error, path: path)
    }
    guard let root else { throw NetworkFileError(path: path, "the file is empty", hint: "Give input: and layers:") }
    var reader = NetworkYAMLReader(path: path)
    return try reader.network(root)
  }

  private static func syntaxError(_ error: any Error, path: String) -> NetworkFileError {
    guard let error = error as? YamlError else { return NetworkFileError(path: path, "\(error)") }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      return NetworkFileError(path: path, line: mark.line, column: mark.column, "not valid YAML: \(problem)")
    case .reader(let problem, _, _, _):
      return NetworkFileError(path: path, "not valid YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      return NetworkFileError(
        path: path, line: context.mark.line, column: context.mark.column,
        "the key '\(duplicates.map { "\($0)" }.joined(separator: "', '"))' stands twice", hint: "Remove one")
    default:
      return NetworkFileError(path: path, "not valid YAML: \(error)")
    }
  }
}

/// Refuses, before parsing, what makes a YAML parser work without bound.
enum YAMLGuard {
  /// Deepest nesting of brackets or of leading `- ` marks on one line.
  static let deepestBrackets = 64

  static func check(_ text: String, path: String) throws(NetworkFileError) {
    var line = 1, depth = 0, dashes = 0
    var previous: UInt8 = 0x0A
    var quote: UInt8 = 0
    var comment = false
    for byte in text.utf8 {
      defer { previous = byte }
      if byte == 0x0A {
        line += 1
        dashes = 0
        comment = false
        continue
      }
      if comment { continue }
      if quote != 0 {
        if byte == quote { quote = 0 }
        continue
      }
      let afterSpace = previous == 0x20 || previous == 0x09 || previous == 0x0A || previous == 0x2C || previous == 0x5B
        || previous == 0x7B
      switch byte {
      case 0x23 where afterSpace: comment = true
      case 0x22 where afterSpace, 0x27 where afterSpace: quote = byte
      case 0x2A where afterSpace, 0x26 where afterSpace:
        throw NetworkFileError(
          path: path, line: line, "YAML anchors (&) and aliases (*) are not supported",
          hint: "Use repeat: N for layers that recur, or write them out")
      case 0x5B, 0x7B: depth += 1
      case 0x5D, 0x7D: depth -= 1
      case 0x2D where afterSpace: dashes += 1
      default: break
      }
      guard depth <= deepestBrackets, dashes <= deepestBrackets else {
        throw NetworkFileError(path: path, line: line, "nested more than \(deepestBrackets) deep", hint: "Flatten the file")
      }
    }
  }
}
