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
    #expect(cases.map { $0.attributes["name"] }.prefix(3) == ["network", "layer ok", "layer \(sanitized)"])
    #expect(failures[1].attributes["message"] == "layer \(sanitized): variance is off")
    #expect(failures[1].attributes["type"] == "bound/variance")
    #expect(reader.text.contains("note \(sanitized)"))
  }

  @Test func sarifHasTheStructureOfItsSchema() throws {
    let bytes = GateSARIF.encode(Self.result(2), artifact: "dir/a b#%é.yaml", version: "1.2")
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

  @Test func jsonHoldsEverything() throws {
    let tool = AuditReport.Tool(name: "initscope", version: "0", command: "c")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(GateJSON.encode(Self.result(), tool: tool))) as? [String: Any])
    #expect(
      document.keys.sorted() == [
        "comparisons", "falseAlarmRate", "network", "passes", "runs", "schemaVersion", "seed", "seeds", "tool",
      ])
    let run = try #require((document["runs"] as? [[String: Any]])?.first)
    let violation = try #require((run["violations"] as? [[String: Any]])?.first)
    #expect(violation["layer"] as? String == Self.hostile && violation["measured"] as? Double == 1e300)
    #expect((violation["interval"] as? [Any])?[1] as? String == "Infinity")
  }
}
