/// The frame of a SARIF 2.1.0 log (OASIS 2020): one run of this program with its rules and results.
enum SARIFLog {
  /// Encodes results.
  ///
  /// - Parameters:
  ///   - results: What was found, in order.
  ///   - identifier: The rule of a result.
  ///   - description: One sentence on a rule.
  ///   - version: The version of the program.
  ///   - write: Writes one result, given its rule's place among the rules.
  static func encode<Result>(
    _ results: [Result], identifier: (Result) -> String, description: (String) -> String, version: String,
    write: (Result, _ index: Int?, inout JSONWriter) -> Void
  ) -> [UInt8] {
    let identifiers = Array(Set(results.map(identifier))).sorted()
    let places = Dictionary(uniqueKeysWithValues: identifiers.enumerated().map { ($1, $0) })
    var writer = JSONWriter(capacity: 4096 + 512 * results.count)
    writer.object(nil) { json in
      json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      json.member("version", "2.1.0")
      json.array("runs", [identifiers]) { json, identifiers in
        json.object(nil) { json in
          json.object("tool") { json in
            json.object("driver") { json in
              json.member("name", "initscope")
              json.member("version", version)
              json.array("rules", identifiers) { json, identifier in
                json.object(nil) { json in
                  json.member("id", identifier)
                  json.object("shortDescription") { $0.member("text", description(identifier)) }
                }
              }
            }
          }
          json.member("columnKind", "unicodeCodePoints")
          json.array("results", results) { json, result in write(result, places[identifier(result)], &json) }
        }
      }
    }
    return writer.finish()
  }

  /// Writes a line of a file as a physical location.
  static func write(_ place: (path: String, line: Int), to json: inout JSONWriter) {
    json.object("physicalLocation") { json in
      json.object("artifactLocation") { $0.member("uri", uri(of: place.path)) }
      json.object("region") { $0.member("startLine", place.line) }
    }
  }

  /// A relative reference, or a file URI for an absolute path (RFC 3986).
  static func uri(of path: String) -> String {
    let hex = Array("0123456789ABCDEF")
    var text = path.hasPrefix("/") ? "file://" : ""
    for byte in path.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-._~/".unicodeScalars.contains(scalar))
      if isPlain { text.unicodeScalars.append(scalar) } else { text += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])" }
    }
    return text
  }
}
