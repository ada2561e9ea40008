import Foundation
import NetworkGraph
import OperatorKernels
import Testing

/// Nodes that no exporter writes are refused with a message; nothing traps.
@Suite struct HostileNodeTests {
  private static func floats(_ shape: [Int], known: Bool = false) throws -> ValueFacts {
    let shape = try TensorShape(shape)
    return ValueFacts(
      ValueType(.float32, shape),
      constant: known ? TensorConstant(shape, .float32([Float](repeating: 1, count: shape.count))) : nil)
  }

  private static func integers(_ values: [Int], scalar: Bool = false) throws -> ValueFacts {
    let constant = TensorConstant(try TensorShape(scalar ? [] : [values.count]), .int64(values.map { Int64($0) }))
    return ValueFacts(constant.type, constant: constant)
  }

  private struct Node {
    var op: String
    var attributes: [String: OperatorAttributes.Value] = [:]
    var inputs: [ValueFacts?]
    var version = 20
    var outputs = 1
  }

  private static func nodes() throws -> [Node] {
    let x = try floats([2, 3]), one = try floats([]), huge = try floats([1 << 40])
    let extremes = [Int.max, Int.min, -1, 0, 1 << 40, -(1 << 62)]
    var nodes: [Node] = []
    for value in extremes {
      for other in extremes {
        let pair = try integers([value, other])
        for op in [
          "Reshape", "Expand", "Tile", "Pad", "Unsqueeze", "Squeeze", "ReduceSum", "ConstantOfShape", "Split", "ReduceMean",
        ] {
          let inputs: [ValueFacts?] = op == "ConstantOfShape" ? [pair] : [x, pair]
          nodes.append(Node(op: op, inputs: inputs, outputs: 2))
        }
        nodes.append(
          Node(
            op: "Slice",
            inputs: [x, try integers([value, other]), try integers([other, value]), try integers([0, 1]), pair]))
        nodes.append(Node(op: "Slice", inputs: [x, try integers([value]), try integers([other]), try integers([value])]))
        nodes.append(
          Node(op: "Range", inputs: try [value, other, 1].map { try integers([$0], scalar: true) }))
        nodes.append(
          Node(
            op: "OneHot", attributes: ["axis": .integer(other)],
            inputs: [try integers([1]), try integers([value]), try floats([2])]))
      }
      for op in ["Concat", "Flatten", "Gather", "GatherElements", "Split", "TopK", "ArgMax", "ScatterElements", "Transpose"]
      {
        let attributes: [String: OperatorAttributes.Value] = ["axis": .integer(value), "perm": .integers([value, 0])]
        nodes.append(Node(op: op, attributes: attributes, inputs: [x, try integers([value]), x], outputs: 3))
        nodes.append(Node(op: op, attributes: attributes, inputs: [one, try integers([value]), x], outputs: 0))
      }
      nodes.append(Node(op: "GatherND", attributes: ["batch_dims": .integer(value)], inputs: [x, try integers([0])]))
      nodes.append(Node(op: "Cast", attributes: ["to": .integer(value)], inputs: [x]))
      nodes.append(Node(op: "Squeeze", attributes: ["axes": .integers([value, value])], inputs: [x], version: 11))
      nodes.append(Node(op: "Shape", attributes: ["start": .integer(value), "end": .integer(value)], inputs: [x]))
    }
    nodes.append(Node(op: "Concat", attributes: ["axis": .integer(0)], inputs: [huge, huge, huge]))
    nodes.append(Node(op: "Tile", inputs: [huge, try integers([1 << 20])]))
    nodes.append(Node(op: "Mul", inputs: [try floats([1 << 30, 1]), try floats([1, 1 << 30])]))
    for alpha in [Double.nan, .infinity, -1e30, 1e30] {
      for op in ["LeakyRelu", "Elu", "Celu", "Selu", "HardSigmoid", "ThresholdedRelu", "Swish"] {
        nodes.append(Node(op: op, attributes: ["alpha": .float(alpha)], inputs: [x]))
      }
    }
    nodes.append(Node(op: "NonZero", inputs: [x]))
    // Left out, of another type, or too many.
    for entry in OperatorCatalogue.entries {
      nodes.append(Node(op: entry.name, inputs: []))
      nodes.append(Node(op: entry.name, inputs: [nil, nil, nil]))
      nodes.append(Node(op: entry.name, inputs: [x, one, try integers([1]), x, x, x, x, x]))
      nodes.append(Node(op: entry.name, inputs: [ValueFacts(ValueType(.bool, x.shape)), try integers([0]), x]))
      nodes.append(
        Node(op: entry.name, attributes: ["axis": .text("x"), "to": .text("x"), "perm": .float(1)], inputs: [one]))
    }
    return nodes
  }

  @Test func everyNodeIsInferredOrRefused() throws {
    var refused = 0
    for node in try Self.nodes() {
      do throws(SpecificationError) {
        guard let entry = OperatorCatalogue[node.op] else { continue }
        let operation = try entry.make(
          OperatorAttributes(version: node.version, values: node.attributes, outputCount: node.outputs))
        let types = try operation.specialized(to: node.inputs).results(of: node.inputs)
        // What was accepted can be planned.
        let requirements = operation.requirements(inputs: node.inputs.map { $0?.type }, outputs: types)
        #expect(requirements.forwardWorkspace >= 0 && requirements.backwardWorkspace >= 0)
      } catch {
        refused += 1
        #expect(!error.message.isEmpty && error.hint != nil, "\(node.op): \(error)")
      }
    }
    #expect(refused > 500)
  }

  @Test(arguments: [("Gather", 7), ("Gather", -4), ("GatherElements", 3), ("GatherND", 9), ("ScatterElements", -4)])
  func anIndexOutsideIsNamed(op: String, index: Int) throws {
    let rows = op == "GatherND" ? "[1,1]" : "[1]",
      updates = op == "ScatterElements" ? ",{\"type\":\"float32\",\"shape\":[1],\"data\":[5]}" : ""
    let c = try JSONDecoder().decode(
      OperatorCase.self,
      from: Data(
        """
        {"op":"\(op)","name":"outside","version":20,"attributes":{},"inputs":[{"type":"float32","shape":[3],"data":[1,2,3]},
        {"type":"int64","shape":\(rows),"data":[\(index)]}\(updates)],"outputs":[null]}
        """.utf8))
    let run = try OperatorRun(c)
    do {
      try run.forward()
      Issue.record("\(op) took the index \(index)")
    } catch let error as OperatorFailure {
      #expect(error.description.contains("\(index)") && error.description.contains("3 rows"))
    }
  }

  @Test(arguments: ["Div", "Mod"]) func integersDividedByZeroAreNamed(op: String) throws {
    let c = try JSONDecoder().decode(
      OperatorCase.self,
      from: Data(
        """
        {"op":"\(op)","name":"zero","version":20,"attributes":{},"inputs":[\
        {"type":"int64","shape":[2],"data":[1,-9223372036854775808]},
        {"type":"int64","shape":[2],"data":[-1,0]}],"outputs":[null]}
        """.utf8))
    #expect(throws: OperatorFailure.self) { try OperatorRun(c).forward() }
  }
}
