import Foundation
import InitScope

/// Something that no command may do, whatever it was given.
struct CommandFault: Hashable {
  enum Kind: String, CaseIterable {
    /// A signal ended it.
    case crash
    /// It did not end in time.
    case hang
    /// Its exit status is none of 0, 1, 2 and 64, or it failed without a message.
    case status
    /// What it printed cannot be read back, or holds what no document may.
    case document
    /// What it says in one place contradicts another.
    case contradiction
  }
  var kind: Kind
  var text: String

  static func all(in outcome: CommandOutcome, of arguments: [String]) -> [CommandFault] {
    if outcome.isTimeout { return [CommandFault(kind: .hang, text: "no end after \(Int(outcome.seconds)) s")] }
    guard let status = outcome.status else {
      let line = outcome.message.split(separator: "\n").first.map(String.init) ?? ""
      return [CommandFault(kind: .crash, text: "signal \(outcome.signal ?? 0): \(line)")]
    }
    guard [0, 1, 2, 64].contains(status) else { return [CommandFault(kind: .status, text: "exit status \(status)")] }
    if status == 2 || status == 64 {
      return outcome.message.contains("Error: ")
        ? [] : [CommandFault(kind: .status, text: "exit status \(status) without an error message")]
    }
    var faults: [CommandFault] = []
    if arguments.contains("--json") {
      faults = documentFaults(Data(outcome.output.utf8), isAudit: arguments[0] == "audit")
    } else if !outcome.output.contains(/nonfinite|not finite|not a number|diverge/),
      let line = outcome.output.split(separator: "\n").first(where: { $0.contains(/\b(nan|NaN)\b/) })
    {
      // A tensor with values that are not finite shows so in its cell; nothing else may.
      faults.append(CommandFault(kind: .document, text: "prints NaN: \(line.prefix(120))"))
    }
    return faults
  }

  // MARK: Documents

  private static func documentFaults(_ data: Data, isAudit: Bool) -> [CommandFault] {
    let document: Any
    do {
      document = try JSONSerialization.jsonObject(with: data)
      if isAudit { _ = try AuditJSON.decode([UInt8](data)) }
    } catch {
      return [CommandFault(kind: .document, text: "JSON cannot be read: \("\(error)".prefix(200))")]
    }
    var faults: [CommandFault] = []
    walk(document, at: "") { path, value in
      if let pair = value as? [Double], pair.count == 2, path.hasSuffix("interval"), pair[0] > pair[1] {
        faults.append(CommandFault(kind: .document, text: "\(path) is [\(pair[0]), \(pair[1])]"))
      }
      for name in ["Fraction", "confidence", "accuracy", "probability"] where path.hasSuffix(name) {
        if let share = value as? Double, !(-1e-9...1 + 1e-9).contains(share) {
          faults.append(CommandFault(kind: .document, text: "\(path) is \(share)"))
        }
      }
      if let variance = value as? Double, path.hasSuffix(".variance"), variance < 0 {
        faults.append(CommandFault(kind: .document, text: "\(path) is \(variance)"))
      }
      if value as? String == "NaN", path.contains("verdict") || path.contains("growth") || path.contains("findings") {
        faults.append(CommandFault(kind: .document, text: "\(path) is NaN"))
      }
      if let run = value as? [String: Any], let verdict = run["verdict"] as? [String: Any] {
        faults += contradictions(verdict, run["findings"] as? [[String: Any]] ?? []).map {
          CommandFault(kind: .contradiction, text: $0)
        }
      }
    }
    return Array(Set(faults)).sorted { $0.text < $1.text }
  }

  /// Visits every value with its path, in which list indices are left out.
  private static func walk(_ value: Any, at path: String, visit: (String, Any) -> Void) {
    visit(path, value)
    if let object = value as? [String: Any] {
      for (key, member) in object { walk(member, at: path.isEmpty ? key : path + "." + key, visit: visit) }
    } else if let list = value as? [Any], !(value is [Double]) {
      for element in list { walk(element, at: path, visit: visit) }
    }
  }

  // MARK: Verdicts

  private static func contradictions(_ verdict: [String: Any], _ findings: [[String: Any]]) -> [String] {
    let status = verdict["status"] as? String ?? "", trains = verdict["trains"] as? Bool
    let errors = findings.filter { $0["severity"] as? String == "error" }.compactMap { $0["rule"] as? String }
    var texts: [String] = []
    if trains == true, let rule = errors.first { texts.append("trains: true beside the error \(rule)") }
    if trains == true, findings.contains(where: { $0["rule"] as? String == "nothing-to-learn" }) {
      texts.append("trains: true on data that leave nothing to learn")
    }
    if trains == true, status != "healthy" { texts.append("trains: true with status \(status)") }
    if trains == false, status == "healthy" { texts.append("trains: false with status healthy") }
    if (verdict["confidence"] as? Double == nil) != (trains == nil) {
      texts.append("trains and confidence are not both there")
    }
    if status == "healthy", let rule = errors.first { texts.append("status healthy beside the error \(rule)") }
    return texts
  }
}
