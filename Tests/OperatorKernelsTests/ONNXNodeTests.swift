import Foundation
import NetworkGraph
import ONNXFiles
import OperatorKernels
import Testing

/// ONNX's own tests of single operators, from Debian's package libonnx-testdata (ONNX 1.12.0), which `make test` installs.
///
/// The variable OPERATOR_TABLE names a file for a table of what passed, by operator.
@Suite struct ONNXNodeTests {
  private static let folder = URL(filePath: "/usr/share/libonnx-testdata/data/node")

  /// What is not asked of the operators here, with the reason.
  private static let others: [(name: String, reason: String)] = [
    ("training_dropout", "dropout is off here"), ("FLOAT_to_BFLOAT16", "floats of 16 bits are kept with all 32"),
    ("FLOAT_to_FLOAT16", "floats of 16 bits are kept with all 32"),
    ("DOUBLE_to_FLOAT16", "floats of 16 bits are kept with all 32"),
    ("BFLOAT16_to_FLOAT", "these tests of ONNX 1.12 store bfloat16 as whole numbers"),
  ]

  private struct Unreadable: Error, CustomStringConvertible { var description: String }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: folder.path))) func everyClaimedOperatorPasses() throws {
    var passed: [String: Int] = [:], all: [String: Int] = [:], skipped: [String: Int] = [:]
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    for name in names {
      let model = try ONNXModel(path: Self.folder.appending(path: "\(name)/model.onnx").path)
      guard model.graph.nodes.count == 1, let node = model.graph.nodes.first, model.graph.initializers.isEmpty,
        node.domain.isEmpty, OperatorCatalogue[node.opType] != nil
      else { continue }
      if let other = Self.others.first(where: { name.contains($0.name) && !name.contains("zero_ratio") }) {
        skipped[other.reason, default: 0] += 1
        continue
      }
      let operation: OperatorCase
      do {
        operation = try Self.operation(name, model, node)
      } catch let error as Unreadable {
        skipped[error.description, default: 0] += 1
        continue
      }
      all[node.opType, default: 0] += 1
      do {
        let found = try operation.differences(team: ShuffledTeam.shared)
        if found.isEmpty { passed[node.opType, default: 0] += 1 }
        let isKnown = Self.known.contains(name)
        #expect(found.isEmpty != isKnown, "\(name): \(found.joined(separator: "; "))")
      } catch {
        #expect(Self.known.contains(name), "\(name): \(error)")
      }
    }
    #expect(all.count > 80 && all.values.reduce(0, +) > 500)
    if let path = ProcessInfo.processInfo.environment["OPERATOR_TABLE"] {
      try Data(Self.table(passed, all, skipped).utf8).write(to: URL(filePath: path))
    }
  }

  /// Tests that do not pass, each for a reason of its own.
  private static let known: Set<String> = [
    // Pooling takes floats; whole numbers stand for no signal that is audited.
    "test_maxpool_2d_uint8"
  ]

  private static func table(_ passed: [String: Int], _ all: [String: Int], _ skipped: [String: Int]) -> String {
    var text = """
      # Operators

      What `make operators` found: ONNX's own tests of single operators, from Debian's libonnx-testdata (ONNX 1.12.0), for
      the operators that ONNX files may have here. Operators without a line are newer than these tests; PyTorch fixtures
      hold them (Fixtures/reference/operators).

      | operator | passed | of |
      |---|---|---|

      """
    for name in OperatorCatalogue.entries.map(\.name).sorted() where all[name] != nil {
      text += "| \(name) | \(passed[name] ?? 0) | \(all[name] ?? 0) |\n"
    }
    let without = OperatorCatalogue.entries.map(\.name).filter { all[$0] == nil }.sorted()
    text += "\nWithout such a test: \(without.joined(separator: ", ")).\n\nLeft out:\n\n"
    for (reason, count) in skipped.sorted(by: { $0.key < $1.key }) { text += "- \(count): \(reason)\n" }
    return text
  }

  // MARK: Reading

  private static func operation(_ name: String, _ model: ONNXModel, _ node: ONNXNode) throws -> OperatorCase {
    let folder = folder.appending(path: "\(name)/test_data_set_0")
    var isHalf = false
    func values(_ infos: [ONNXValueInfo], _ kind: String) throws -> [String: OperatorCase.Tensor] {
      var found: [String: OperatorCase.Tensor] = [:]
      for (place, info) in infos.enumerated() {
        guard info.elementType != nil else { throw Unreadable(description: "values that are no tensors") }
        let stored: ONNXTensor
        do {
          stored = try ONNXTensor(path: folder.appending(path: "\(kind)_\(place).pb").path)
        } catch { throw Unreadable(description: "tensors that are not stored") }
        if stored.elementType == .float16 || stored.elementType == .bfloat16 { isHalf = true }
        found[info.name] = try tensor(stored)
      }
      return found
    }
    let given = try values(model.graph.inputs, "input"), made = try values(model.graph.outputs, "output")
    var attributes: [String: OperatorCase.Attribute] = [:]
    for (key, value) in node.attributes { attributes[key] = try attribute(value) }
    return OperatorCase(
      op: node.opType, name: name, version: model.opsets[""] ?? 1, attributes: attributes,
      inputs: node.inputs.map { $0.isEmpty ? nil : given[$0] }, outputs: node.outputs.map { $0.isEmpty ? nil : made[$0] },
      // As ONNX's own runner has it: 1e-3; floats of 32 bits are held closer.
      tolerance: isHalf ? 1e-3 : 1e-6)
  }

  private static func tensor(_ stored: ONNXTensor) throws -> OperatorCase.Tensor {
    let type = stored.elementType
    if type == .bool {
      return .init(type: .bool, shape: stored.dims, data: try stored.bools().map { .init($0 ? 1 : 0) })
    }
    if type.isInteger { return .init(type: .int64, shape: stored.dims, data: try stored.int64s().map { .init(Double($0)) }) }
    guard type.isFloat else { throw Unreadable(description: "tensors of \(type.name)") }
    return .init(type: .float32, shape: stored.dims, data: try stored.floats().map { .init(Double($0)) })
  }

  private static func attribute(_ value: ONNXAttribute) throws -> OperatorCase.Attribute {
    var attribute = OperatorCase.Attribute()
    switch value {
    case .int(let value): attribute.i = value
    case .float(let value): attribute.f = .init(Double(value))
    case .string(let value): attribute.s = value
    case .ints(let values): attribute.ints = values
    case .floats(let values): attribute.floats = values.map { .init(Double($0)) }
    case .strings(let values): attribute.strings = values
    case .tensor(let stored): attribute.t = try tensor(stored)
    default: throw Unreadable(description: "an attribute that is \(value.kind)")
    }
    return attribute
  }
}
