import Diagnosis

/// A gate's result as JUnit XML, which CI servers read: one suite a run, one test case a layer, and one for the network as a
/// whole.
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
    // What concerns no layer of the network (the run, or a layer that is gone) is the network's.
    let known = Set(run.layers)
    let byLayer = Dictionary(grouping: run.violations) { $0.layer.flatMap { known.contains($0) ? $0 : nil } }
    var cases = ""
    var failures = 0
    for layer in [nil] + run.layers.map(Optional.some) {
      let name = XMLText.escaped(layer.map { "layer \($0)" } ?? "network")
      guard let violations = byLayer[layer], let first = violations.first else {
        cases += "    <testcase classname=\"\(className)\" name=\"\(name)\"/>\n"
        continue
      }
      failures += 1
      // Readers of JUnit look at one failure of a case: it holds them all.
      let all = violations.map(\.message).joined(separator: "\n")
      cases += """
            <testcase classname="\(className)" name="\(name)">
              <failure type="\(XMLText.escaped(first.identifier))" message="\(XMLText.escaped(first.message))">\
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
}
