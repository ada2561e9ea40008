import Diagnosis

/// A gate's result as SARIF 2.1.0 (OASIS 2020), which code scanning reads.
public enum GateSARIF {
  /// - Parameters:
  ///   - result: What `Gate` found.
  ///   - artifact: The file that results point to: that of the bounds, or of the network.
  ///   - version: Of the program.
  public static func encode(_ result: GateResult, artifact: String, version: String) -> [UInt8] {
    let identifiers = Array(Set(result.violations.map(\.identifier))).sorted()
    let places = Dictionary(uniqueKeysWithValues: identifiers.enumerated().map { ($1, $0) })
    var writer = JSONWriter(capacity: 4096 + 512 * result.violations.count)
    writer.object(nil) { json in
      json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      json.member("version", "2.1.0")
      json.array("runs", [result]) { json, _ in
        json.object(nil) { json in
          json.object("tool") { json in
            json.object("driver") { json in
              json.member("name", "initscope")
              json.member("version", version)
              json.array("rules", identifiers) { json, identifier in
                json.object(nil) { json in
                  json.member("id", identifier)
                  json.object("shortDescription") { $0.member("text", description(of: identifier)) }
                }
              }
            }
          }
          json.member("columnKind", "unicodeCodePoints")
          json.array("results", result.runs.flatMap { run in run.violations.map { (run, $0) } }) { json, item in
            write(item.1, run: item.0, network: result.network, artifact: artifact, index: places[item.1.identifier], &json)
          }
        }
      }
    }
    return writer.finish()
  }

  private static func write(
    _ violation: GateViolation, run: GateResult.Run, network: String, artifact: String, index: Int?, _ json: inout JSONWriter
  ) {
    json.object(nil) { json in
      json.member("ruleId", violation.identifier)
      json.member("ruleIndex", index)
      json.member("level", "error")
      json.object("message") { $0.member("text", "\(run.initializer): \(violation.message)") }
      json.array("locations", [violation]) { json, violation in
        json.object(nil) { json in
          json.object("physicalLocation") { json in
            json.object("artifactLocation") { $0.member("uri", uri(of: artifact)) }
            json.object("region") { $0.member("startLine", violation.line ?? 1) }
          }
          let name = violation.layer ?? network
          json.array("logicalLocations", [name]) { json, name in
            json.object(nil) { json in
              json.member("name", name)
              json.member("fullyQualifiedName", violation.layer == nil ? network : "\(network)/\(name)")
              json.member("kind", violation.layer == nil ? "module" : "element")
            }
          }
        }
      }
    }
  }

  private static func description(of identifier: String) -> String {
    let parts = identifier.split(separator: "/", maxSplits: 1)
    if parts.count == 2, parts[0] == "finding" {
      let rule = RuleCatalogue.rules.map { type(of: $0) }.first { $0.name == parts[1] }
      return rule?.summary ?? "A rule's finding."
    }
    switch GateViolation.Kind(rawValue: parts.first.map(String.init) ?? "") {
    case .bound: return "A measured quantity lies beyond its bound."
    case .baseline: return "A difference from the baseline beyond chance."
    case .nonFinite: return "Values that are not finite."
    case .verdict, .finding, nil: return "The network is not expected to train."
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
