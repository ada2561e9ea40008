import Diagnosis
import SignalPropagation

/// Writes a check's result as JSON, schema version 1. Every key is present, with null where there is no value.
public enum GateJSON {
  public static let schemaVersion = 1

  /// Encodes a result.
  ///
  /// - Parameters:
  ///   - result: What `Gate` found.
  ///   - tool: The program that the document names.
  ///   - lines: The line of each layer in the network's file, from 1; empty for a preset.
  public static func encode(_ result: GateResult, tool: AuditReport.Tool, lines: [String: Int] = [:]) -> [UInt8] {
    var writer = JSONWriter(capacity: 4096 + 512 * result.violations.count)
    writer.object(nil) { json in
      json.member("schemaVersion", schemaVersion)
      json.object("tool") {
        $0.member("name", tool.name)
        $0.member("version", tool.version)
        $0.member("command", tool.command)
      }
      json.member("network", result.network)
      json.member("seed", result.seed)
      json.member("seeds", result.seeds)
      json.member("falseAlarmRate", result.falseAlarmRate)
      json.member("comparisons", result.comparisons)
      json.object("compared") { json in
        for yardstick in GateYardstick.allCases {
          json.member(named: yardstick.rawValue, Double(result.yardsticks[yardstick] ?? 0))
        }
      }
      json.member("passes", result.passes)
      json.array("runs", result.runs) { json, run in
        json.object(nil) { json in
          json.member("initializer", run.initializer)
          json.array("violations", run.violations) { write($1, lines: lines, to: &$0) }
          json.line("notes", run.notes)
        }
      }
    }
    return writer.finish()
  }

  private static func write(_ violation: GateViolation, lines: [String: Int], to json: inout JSONWriter) {
    json.object(nil) { json in
      json.member("kind", violation.kind.rawValue)
      json.member("role", violation.role?.rawValue)
      json.member("follows", violation.follows)
      json.member("layer", violation.layer)
      json.member("subject", violation.subject)
      json.member("measured", violation.measured)
      if let interval = violation.interval {
        json.line("interval", [interval.low, interval.high])
      } else {
        json.null("interval")
      }
      if let bound = violation.bound { json.line("bound", [bound.low, bound.high]) } else { json.null("bound") }
      json.member("message", violation.message)
      json.member("line", violation.line)
      json.member("networkLine", violation.layer.flatMap { lines[$0] })
    }
  }
}
