import Diagnosis

/// Writes a check's result as SARIF 2.1.0 (OASIS 2020), which code scanning reads.
///
/// A result of a layer points at the layer's line in the network's file, and names the line of its bound beside it; without
/// such a file, as for a preset, it points at the bounds, or nowhere. Causes are errors and come first; what follows from
/// them are notes.
public enum GateSARIF {
  /// The files that results point to.
  public struct Sources: Sendable {
    /// The path of the network's file; nil for a preset or standard input.
    public var network: String?
    /// The line of each layer there, from 1.
    public var lines: [String: Int]
    /// The path of the bounds; nil without a file.
    public var bounds: String?

    public init(network: String? = nil, lines: [String: Int] = [:], bounds: String? = nil) {
      self.network = network
      self.lines = lines
      self.bounds = bounds
    }
  }

  /// Encodes a result.
  ///
  /// - Parameters:
  ///   - result: What `Gate` found.
  ///   - sources: The files that results point to.
  ///   - version: The version of the program.
  public static func encode(_ result: GateResult, sources: Sources, version: String) -> [UInt8] {
    SARIFLog.encode(
      result.runs.flatMap { run in run.violations.map { (run, $0) } }, identifier: \.1.identifier,
      description: description(of:), version: version
    ) { item, index, json in
      write(item.1, run: item.0, network: result.network, sources, index: index, &json)
    }
  }

  private static func write(
    _ violation: GateViolation, run: GateResult.Run, network: String, _ sources: Sources, index: Int?,
    _ json: inout JSONWriter
  ) {
    json.object(nil) { json in
      json.member("ruleId", violation.identifier)
      json.member("ruleIndex", index)
      json.member("level", violation.role == .consequence ? "note" : "error")
      json.object("message") { $0.member("text", "\(run.initializer): \(violation.fullMessage)") }
      let places = places(of: violation, sources)
      json.array("locations", [violation]) { json, violation in
        json.object(nil) { json in
          if let place = places.first { SARIFLog.write(place, to: &json) }
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
      guard places.count > 1 else { return }
      json.array("relatedLocations", Array(places.dropFirst())) { json, place in
        json.object(nil) { json in
          SARIFLog.write(place, to: &json)
          json.object("message") { $0.member("text", "The bound.") }
        }
      }
    }
  }

  /// The layer's line in the network's file, and the bound's line; the first line of either file for what has none there.
  private static func places(of violation: GateViolation, _ sources: Sources) -> [(path: String, line: Int)] {
    var places: [(path: String, line: Int)] = []
    if let network = sources.network { places.append((network, violation.layer.flatMap { sources.lines[$0] } ?? 1)) }
    if let bounds = sources.bounds, places.isEmpty || violation.line != nil { places.append((bounds, violation.line ?? 1)) }
    return places
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
}
