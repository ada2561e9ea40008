import Foundation

/// Writes Reports/gate.md, which has one section per command. Each command replaces only its own.
enum GateReport {
  enum Section: String, CaseIterable {
    case falseAlarms = "False alarms"
    case power = "Power"
  }

  static func replace(_ section: Section, with text: String, in path: String) throws {
    let before = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let parts = before.components(separatedBy: "\n## ").dropFirst()
    var document = "# What `check` may be trusted with\n"
    for each in Section.allCases {
      let old = parts.first { $0.hasPrefix(each.rawValue + "\n") }.map { "\n## " + $0 }
      if each == section {
        document += "\n## \(each.rawValue)\n\n\(text.trimmingCharacters(in: .newlines))\n"
      } else if let old {
        document += old.trimmingCharacters(in: .newlines).isEmpty ? "" : "\n" + old.trimmingCharacters(in: .newlines) + "\n"
      }
    }
    try document.write(toFile: path, atomically: true, encoding: .utf8)
  }
}
