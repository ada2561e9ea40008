import CYaml
import NetworkGraph

/// Refuses YAML that would take unbounded work to read: aliases, which multiply what they stand for, and nesting that would
/// exhaust the stack.
///
/// It asks libyaml itself for the events, since no shorter scan tells an alias from a star inside a quoted, plain or block
/// scalar of several lines.
enum YAMLGuard {
  /// The deepest nesting of lists and mappings; each residual block takes three levels.
  static let deepestNesting = 64
  static let tooDeep = "lists and mappings nest more than \(deepestNesting) deep"
  static let tooDeepRemedy = "Flatten the file"

  /// Checks the text.
  ///
  /// - Throws: `NetworkFileError` at the first anchor, alias or collection that lies too deep. A syntax error ends the
  /// search, since the parser proper reports it.
  static func check(_ text: String, path: String) throws(NetworkFileError) {
    // libyaml compares each %TAG with all before it, and a network needs no directives.
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where line.utf8.first == 0x25 {
      throw NetworkFileError(
        path: path, line: index + 1, column: 1, "YAML directives (%) are not supported", hint: "Remove the line")
    }
    var text = text
    guard let refusal = text.withUTF8({ firstRefusal(in: $0) }) else { return }
    throw NetworkFileError(path: path, line: refusal.line, column: refusal.column, refusal.message, hint: refusal.hint)
  }

  private struct Refusal {
    var line: Int
    var column: Int
    var message: String
    var hint: String
  }

  private static func firstRefusal(in bytes: UnsafeBufferPointer<UInt8>) -> Refusal? {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { return nil }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
    var depth = 0, line = 1, column = 1
    func refuse(_ message: String, hint: String) -> Refusal {
      Refusal(line: line, column: column, message: message, hint: hint)
    }
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(&parser, &event) == 1 else { return nil }
      defer { yaml_event_delete(&event) }
      line = Int(event.start_mark.line) + 1
      column = Int(event.start_mark.column) + 1
      var anchored = false
      switch event.type {
      case YAML_STREAM_END_EVENT: return nil
      case YAML_ALIAS_EVENT: anchored = true
      case YAML_SCALAR_EVENT: anchored = event.data.scalar.anchor != nil
      case YAML_SEQUENCE_START_EVENT:
        anchored = event.data.sequence_start.anchor != nil
        depth += 1
      case YAML_MAPPING_START_EVENT:
        anchored = event.data.mapping_start.anchor != nil
        depth += 1
      case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: depth -= 1
      default: break
      }
      if anchored {
        return refuse(
          "YAML anchors (&) and aliases (*) are not supported",
          hint: "Use repeat: N for layers that recur, or write them out; quote a text that begins with & or *")
      }
      if depth > deepestNesting {
        return refuse(tooDeep, hint: tooDeepRemedy)
      }
    }
  }
}
