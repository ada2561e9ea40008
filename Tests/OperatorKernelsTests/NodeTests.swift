import Foundation
import OperatorKernels
import Testing

/// ONNX's own node tests, made into a file by Fixtures/reference/operators/onnx_node_tests.py. They are many megabytes, so
/// that the file is not part of the repository: the variable ONNX_NODE_TESTS says where it is, and without it nothing runs.
@Suite struct NodeTests {
  private struct File: Decodable { var cases: [OperatorCase] }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["ONNX_NODE_TESTS"] != nil)) func allAgree() throws {
    let path = try #require(ProcessInfo.processInfo.environment["ONNX_NODE_TESTS"])
    let cases = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(filePath: path))).cases
    var passed: [String: Int] = [:], all: [String: Int] = [:]
    // Dropout is switched off here, and floats of 16 bits are kept with all 32.
    func isOther(_ name: String) -> Bool {
      name.hasPrefix("training_dropout") && !name.contains("zero_ratio") || name.contains("FLOAT_to_BFLOAT16")
    }
    for c in cases where OperatorCatalogue[c.op] != nil && !isOther(c.name) {
      all[c.op, default: 0] += 1
      do {
        let found = try c.differences(team: ShuffledTeam.shared)
        if found.isEmpty {
          passed[c.op, default: 0] += 1
        } else {
          print("FAILED \(c.name): \(found.joined(separator: "; "))")
        }
      } catch {
        print("REFUSED \(c.name): \(error)")
      }
    }
    for (op, count) in all.sorted(by: { $0.key < $1.key }) { print("NODES \(op): \(passed[op] ?? 0) of \(count)") }
    #expect(passed.values.reduce(0, +) == all.values.reduce(0, +))
  }
}
