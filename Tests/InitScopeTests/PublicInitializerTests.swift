import Foundation
import TestSupport
import Testing

/// Results are read, not made, by users: a public initializer of all their fields would break with each new field.
@Suite struct PublicInitializerTests {
  /// Where results are declared.
  static let places = [
    "Sources/SignalPropagation/Results", "Sources/TrainingRuns/Results", "Sources/Diagnosis/Gate/GateResult.swift",
  ]
  /// What users do make: an interval has two ends for ever, a tool is handed to `Audit.run`; and `Estimate` is computed.
  static let allowed = [
    "public init(low: Double, high: Double) {", "public init(name: String, version: String, command: String = \"\") {",
    "public init?(_ values: [Double]) {",
  ]

  @Test func resultsHaveNone() throws {
    var found: [String] = [], files = 0
    for place in Self.places {
      let url = Repository.root.appending(path: place)
      let inside = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
      for file in inside.isEmpty ? [url] : inside where file.pathExtension == "swift" {
        files += 1
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
          let text = line.trimmingCharacters(in: .whitespaces)
          if text.hasPrefix("public init"), !Self.allowed.contains(text), !text.contains("from decoder") {
            found.append("\(file.lastPathComponent): \(text)")
          }
        }
      }
    }
    #expect(files >= 6)
    #expect(found == [])
  }
}
