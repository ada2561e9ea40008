import Diagnosis
import Foundation
import ReportRendering
import SignalPropagation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// JUnit, SARIF, Markdown and JSON of a gate's result, names as hostile as they come.
@Suite struct GateDocumentTests {
  private static let hostile = "a\"<b>&'c ]]> | `d` \u{1}\u{1B}[31m\u{FFFE} \n#e"

  private static func result(_ count: Int = 1, layer: String = hostile) -> GateResult {
    let measured = GateViolation(
      kind: .bound, layer: layer, subject: "variance of activations", measured: 1e300,
      interval: Interval(low: 1, high: .infinity),
      bound: Interval(low: -.infinity, high: 0.5), excess: 3, message: "layer \(layer): variance is off")
    let finding = GateViolation(kind: .finding, layer: nil, subject: "theory-disagreement", message: "error: \(layer)")
    return GateResult(
      network: "net \(hostile)", falseAlarmRate: 1e-3, comparisons: 7, seeds: 5, seed: .max,
      runs: [
        .init(
          initializer: "he_normal", layers: ["ok", layer], violations: Array(repeating: measured, count: count) + [finding],
          notes: ["note \(hostile)"]),
        .init(initializer: "zeros", layers: ["ok", layer], violations: [], notes: []),
      ])
  }

  /// What a parser sees: the elements with their attributes, and the text.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []
    var text = ""
    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) { elements.append((name, attributes)) }
    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  @Test func junitIsWellFormed() throws {
    let reader = Reader()
    let parser = XMLParser(data: Data(GateJUnit.encode(Self.result())))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    let suites = reader.elements.filter { $0.name == "testsuite" }
    let cases = reader.elements.filter { $0.name == "testcase" }
    let failures = reader.elements.filter { $0.name == "failure" }
    // Two runs of two layers and the network; the layer and the network of the first fail.
    #expect(reader.elements.first?.name == "testsuites")
    #expect(suites.map { $0.attributes["tests"] } == ["3", "3"] && suites.map { $0.attributes["failures"] } == ["2", "0"])
    #expect(cases.count == 6 && failures.count == 2)
    let sanitized = Self.hostile.replacing("\u{1}", with: "\u{FFFD}").replacing("\u{1B}", with: "\u{FFFD}")
      .replacing("\u{FFFE}", with: "\u{FFFD}")
    // What fails comes first.
    #expect(cases.map { $0.attributes["name"] }.prefix(3) == ["network", "layer \(sanitized)", "layer ok"])
    #expect(failures[1].attributes["message"] == "layer \(sanitized): variance is off")
    #expect(failures[1].attributes["type"] == "bound/variance")
    #expect(reader.text.contains("note \(sanitized)"))
  }

  @Test func sarifHasTheStructureOfItsSchema() throws {
    let bytes = GateSARIF.encode(Self.result(2), sources: .init(bounds: "dir/a b#%é.yaml"), version: "1.2")
    let document = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(document["version"] as? String == "2.1.0")
    let run = try #require((document["runs"] as? [[String: Any]])?.first)
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    let rules = try #require(driver["rules"] as? [[String: Any]])
    #expect(rules.map { $0["id"] as? String } == ["bound/variance", "finding/theory-disagreement"])
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.count == 3)
    for result in results {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
      #expect(["error", "warning", "note", "none"].contains(result["level"] as? String))
      #expect((result["message"] as? [String: Any])?["text"] is String)
      let location = try #require((result["locations"] as? [[String: Any]])?.first)
      let physical = try #require(location["physicalLocation"] as? [String: Any])
      // RFC 3986: spaces, #, % and what is not ASCII are percent-encoded.
      #expect((physical["artifactLocation"] as? [String: Any])?["uri"] as? String == "dir/a%20b%23%25%C3%A9.yaml")
      #expect(((physical["region"] as? [String: Any])?["startLine"] as? Int ?? 0) >= 1)
      #expect((location["logicalLocations"] as? [[String: Any]])?.first?["name"] is String)
    }
  }

  @Test func markdownIsATableOfOneLineEach() throws {
    let text = String(decoding: GateMarkdown.encode(Self.result(3)), as: UTF8.self)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }
    // The head, three bounds and the finding: five unescaped bars and one more.
    #expect(rows.count == 5)
    for row in rows { #expect(row.replacing("\\|", with: "").count { $0 == "|" } == 6, "\(row)") }
    #expect(!text.contains("<b>") && text.contains("4 violations, 7 comparisons"))
  }

  /// GitHub cuts a summary at 1 MiB.
  @Test func markdownStaysWithinItsSize() {
    let bytes = GateMarkdown.encode(Self.result(10_000, layer: String(repeating: "layer", count: 100)))
    #expect(bytes.count < 1 << 20)
    #expect(String(decoding: bytes, as: UTF8.self).contains(" more are left out for their size."))
  }

  /// One layer whose weights changed, what follows in another, and a finding that stands alone.
  private static func caused() -> GateResult {
    var cause = GateViolation(kind: .baseline, layer: "fc2", subject: "weights", message: "fc2's weights changed")
    cause.role = .cause
    cause.changed = "the weights of fc2"
    var effect = GateViolation(
      kind: .baseline, layer: "fc1", subject: "secondMoment of gradients", measured: 2, bound: Interval(low: 1, high: 1),
      excess: 0.3, message: "layer fc1: mean square of gradients is 2")
    effect.role = .consequence
    effect.follows = "the weights of fc2"
    var alone = GateViolation(kind: .bound, layer: "fc3", subject: "mean of activations", message: "layer fc3: mean is off")
    alone.line = 7
    return GateResult(
      network: "n", falseAlarmRate: 1e-3, comparisons: 9, seeds: 5, seed: 0,
      runs: [.init(initializer: "he_normal", layers: ["fc1", "fc2", "fc3"], violations: [cause, alone, effect], notes: [])])
  }

  @Test func causesComeFirstInEveryDocument() throws {
    let reader = Reader()
    let parser = XMLParser(data: Data(GateJUnit.encode(Self.caused())))
    parser.delegate = reader
    #expect(parser.parse())
    #expect(
      reader.elements.filter { $0.name == "testcase" }.map { $0.attributes["name"] }
        == ["layer fc2", "layer fc3", "layer fc1", "network"])
    #expect(
      reader.elements.filter { $0.name == "failure" }.map { $0.attributes["message"] } == [
        "fc2's weights changed", "layer fc3: mean is off",
        "layer fc1: mean square of gradients is 2 (follows from the weights of fc2)",
      ])
    let text = String(decoding: GateMarkdown.encode(Self.caused()), as: UTF8.self)
    #expect(text.contains("3 violations (1 to look at first, 1 that follow), 9 comparisons"))
    let order = [
      "**What changed**", "fc2's weights changed", "**What else fails**", "**What follows from the weights of fc2**",
    ]
    let places = order.compactMap { text.range(of: $0)?.lowerBound }
    #expect(places.count == 4 && places == places.sorted(), "\(text)")
    #expect(text.contains("follows from the weights of fc2 |"))
  }

  /// A result points at its layer's line in the network's file, and at its bound beside it; without a file at the bounds;
  /// without either nowhere. SARIF 2.1.0 lets a location do without a physical one (section 3.28).
  @Test func sarifPointsAtTheLayersLine() throws {
    func results(_ sources: GateSARIF.Sources) throws -> [[String: Any]] {
      let bytes = GateSARIF.encode(Self.caused(), sources: sources, version: "1")
      let document = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
      return try #require((document["runs"] as? [[String: Any]])?.first?["results"] as? [[String: Any]])
    }
    func place(_ location: [String: Any]?) -> String? {
      guard let physical = location?["physicalLocation"] as? [String: Any],
        let uri = (physical["artifactLocation"] as? [String: Any])?["uri"] as? String,
        let line = (physical["region"] as? [String: Any])?["startLine"] as? Int
      else { return nil }
      return "\(uri):\(line)"
    }
    func places(_ results: [[String: Any]], _ key: String) -> [String?] {
      results.map { place(($0[key] as? [[String: Any]])?.first) }
    }
    let all = try results(.init(network: "n.yaml", lines: ["fc1": 4, "fc2": 5, "fc3": 6], bounds: "b.yaml"))
    #expect(places(all, "locations") == ["n.yaml:5", "n.yaml:6", "n.yaml:4"])
    #expect(places(all, "relatedLocations") == [nil, "b.yaml:7", nil])
    #expect(all.map { $0["level"] as? String } == ["error", "error", "note"])
    let preset = try results(.init(bounds: "b.yaml"))
    #expect(places(preset, "locations") == ["b.yaml:1", "b.yaml:7", "b.yaml:1"])
    let bare = try results(.init())
    #expect(places(bare, "locations") == [nil, nil, nil])
    #expect(bare.allSatisfy { (($0["locations"] as? [[String: Any]])?.first?["logicalLocations"]) != nil })
  }

  @Test func jsonHoldsEverything() throws {
    let tool = AuditReport.Tool(name: "initscope", version: "0", command: "c")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(GateJSON.encode(Self.result(), tool: tool))) as? [String: Any])
    #expect(
      document.keys.sorted() == [
        "compared", "comparisons", "falseAlarmRate", "network", "passes", "runs", "schemaVersion", "seed", "seeds", "tool",
      ])
    let run = try #require((document["runs"] as? [[String: Any]])?.first)
    let violation = try #require((run["violations"] as? [[String: Any]])?.first)
    #expect(violation["layer"] as? String == Self.hostile && violation["measured"] as? Double == 1e300)
    #expect((violation["interval"] as? [Any])?[1] as? String == "Infinity")
  }
}
