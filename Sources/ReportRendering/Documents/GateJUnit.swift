import Diagnosis

/// A gate's result as JUnit XML, which CI servers read: one suite per run, one test case per layer, and one for the network
/// as a whole. Cases that hold a cause come first, then other failures, then what follows from the causes, then what passes.
public enum GateJUnit {
  public static func encode(_ result: GateResult) -> [UInt8] {
    var suites: [String] = []
    var tests = 0, failures = 0
    for run in result.runs {
      let suite = suite(run, result)
      suites.append(suite.text)
      tests += suite.tests
      failures += suite.failures
    }
    let text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="initscope check" tests="\(tests)" failures="\(failures)" errors="0">
      \(suites.joined())</testsuites>

      """
    return Array(text.utf8)
  }

  private static func suite(_ run: GateResult.Run, _ result: GateResult) -> (text: String, tests: Int, failures: Int) {
    let className = XMLText.escaped("\(result.network).\(run.initializer)")
    // What belongs to no layer of the network (the run, or a layer that is gone) belongs to the network's case.
    let known = Set(run.layers)
    let byLayer = Dictionary(grouping: run.violations) { $0.layer.flatMap { known.contains($0) ? $0 : nil } }
    var cases = ""
    var failures = 0
    let inOrder = ([nil] + run.layers.map(Optional.some)).enumerated().sorted { first, second in
      let (a, b) = (rank(byLayer[first.element]), rank(byLayer[second.element]))
      return (a, first.offset) < (b, second.offset)
    }
    for (_, layer) in inOrder {
      let name = XMLText.escaped(layer.map { "layer \($0)" } ?? "network")
      guard let violations = byLayer[layer], let first = violations.first else {
        cases += "    <testcase classname=\"\(className)\" name=\"\(name)\"/>\n"
        continue
      }
      failures += 1
      // Readers of JUnit show one failure per case, so it holds them all.
      let all = violations.map(\.fullMessage).joined(separator: "\n")
      cases += """
            <testcase classname="\(className)" name="\(name)">
              <failure type="\(XMLText.escaped(first.identifier))" message="\(XMLText.escaped(first.fullMessage))">\
        \(XMLText.escaped(all))</failure>
            </testcase>

        """
    }
    let tests = run.layers.count + 1
    let notes =
      run.notes.isEmpty ? "" : "    <system-out>\(XMLText.escaped(run.notes.joined(separator: "\n")))</system-out>\n"
    let text =
      "  <testsuite name=\"\(className)\" tests=\"\(tests)\" failures=\"\(failures)\" errors=\"0\" skipped=\"0\">\n"
      + cases + notes + "  </testsuite>\n"
    return (text, tests, failures)
  }

  /// Of a case: causes, failures that stand alone, consequences, none.
  private static func rank(_ violations: [GateViolation]?) -> Int {
    guard let first = violations?.first else { return 3 }
    return switch first.role {
    case .cause: 0
    case nil: 1
    case .consequence: 2
    }
  }
}
