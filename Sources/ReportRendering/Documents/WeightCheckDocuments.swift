import WeightAudit

/// Writes a check of weights as JUnit XML: one test case per tensor, and one for the file.
public enum WeightJUnit {
  /// Encodes the result.
  ///
  /// - Parameter result: Of the check.
  public static func encode(_ result: WeightCheckResult) -> [UInt8] {
    var byTensor: [String: [WeightCheckResult.Violation]] = [:]
    var whole: [WeightCheckResult.Violation] = []
    let known = Set(result.tensors)
    for violation in result.violations {
      let tensors = violation.tensors.isEmpty ? [violation.tensor].compactMap(\.self) : violation.tensors
      if tensors.isEmpty { whole.append(violation) }
      for tensor in tensors {
        if known.contains(tensor) { byTensor[tensor, default: []].append(violation) } else { whole.append(violation) }
      }
    }
    let className = XMLText.escaped(result.file)
    var cases = "", failures = 0
    func add(_ name: String, _ violations: [WeightCheckResult.Violation]) {
      guard let first = violations.first else {
        cases += "    <testcase classname=\"\(className)\" name=\"\(XMLText.escaped(name))\"/>\n"
        return
      }
      failures += 1
      let all = violations.map(\.message).joined(separator: "\n")
      cases +=
        "    <testcase classname=\"\(className)\" name=\"\(XMLText.escaped(name))\">\n      <failure "
        + "type=\"\(XMLText.escaped(first.identifier))\" "
        + "message=\"\(XMLText.escaped(first.message))\">\(XMLText.escaped(all))</failure>\n    </testcase>\n"
    }
    add("file", whole)
    // Failures first.
    for name in result.tensors where byTensor[name] != nil { add("tensor \(name)", byTensor[name] ?? []) }
    for name in result.tensors where byTensor[name] == nil { add("tensor \(name)", []) }
    let counts = "tests=\"\(result.tensors.count + 1)\" failures=\"\(failures)\" errors=\"0\""
    let text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"initscope check\" \(counts)>\n"
      + "  <testsuite name=\"\(className)\" \(counts) skipped=\"0\">\n\(cases)  </testsuite>\n</testsuites>\n"
    return Array(text.utf8)
  }
}

/// Writes a check of weights as SARIF 2.1.0 (OASIS 2020). A result points at its bound's line where it has one, else at the
/// file of weights.
public enum WeightSARIF {
  /// Encodes the result.
  ///
  /// - Parameters:
  ///   - result: Of the check.
  ///   - bounds: The path of the file of bounds; nil without one.
  ///   - version: The version of the program.
  public static func encode(_ result: WeightCheckResult, bounds: String?, version: String) -> [UInt8] {
    SARIFLog.encode(
      result.violations, identifier: \.identifier, description: description(of:), version: version
    ) { violation, index, json in
      write(violation, result, bounds, index, &json)
    }
  }

  private static func write(
    _ violation: WeightCheckResult.Violation, _ result: WeightCheckResult, _ bounds: String?, _ index: Int?,
    _ json: inout JSONWriter
  ) {
    json.object(nil) { json in
      json.member("ruleId", violation.identifier)
      json.member("ruleIndex", index)
      json.member("level", "error")
      json.object("message") {
        $0.member("text", violation.tensor.map { "\($0): \(violation.message)" } ?? violation.message)
      }
      json.array("locations", [violation]) { json, violation in
        json.object(nil) { json in
          SARIFLog.write(violation.line.flatMap { line in bounds.map { ($0, line) } } ?? (result.file, 1), to: &json)
          json.array("logicalLocations", [violation.tensor].compactMap(\.self)) { json, tensor in
            json.object(nil) { json in
              json.member("name", tensor)
              json.member("fullyQualifiedName", "\(result.file)/\(tensor)")
              json.member("kind", "element")
            }
          }
        }
      }
    }
  }

  private static func description(of identifier: String) -> String {
    let parts = identifier.split(separator: "/", maxSplits: 1)
    if parts.count == 2, parts[0] == "finding", let rule = WeightRules.rule(named: String(parts[1])) { return rule.summary }
    return "A quantity of a tensor lies beyond its bound."
  }
}
