import Foundation
import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// Results and gradients are the same bits for any number of threads, on tensors large enough to be cut.
@Suite struct TeamTests {
  private static func tensor(_ shape: [Int], _ seed: UInt64) -> String {
    var words = SplitMix(state: seed)
    let count = shape.reduce(1, *)
    let data = (0..<count).map { _ in String(Double(words.next() >> 40) / 0x1p23 - 0.9) }
    return "{\"type\":\"float32\",\"shape\":\(shape),\"data\":[\(data.joined(separator: ","))]}"
  }

  private struct Node {
    var op: String
    var attributes = "{}"
    var shapes: [[Int]]
    var more: [String] = []
    var outputs = 1
  }

  private static let nodes = [
    Node(op: "Transpose", attributes: "{\"perm\":{\"ints\":[0,2,1,3]}}", shapes: [[8, 16, 32, 40]]),
    Node(op: "Transpose", attributes: "{\"perm\":{\"ints\":[2,1,0]}}", shapes: [[60, 31, 70]]),
    Node(op: "Mul", shapes: [[300, 400], [400]]), Node(op: "Div", shapes: [[300, 1, 40], [10, 1]]),
    Node(op: "Pow", shapes: [[90000]], more: ["{\"type\":\"float32\",\"shape\":[],\"data\":[2]}"]),
    Node(op: "ReduceMean", shapes: [[500, 300]], more: ["{\"type\":\"int64\",\"shape\":[1],\"data\":[-1]}"]),
    Node(op: "ReduceSum", shapes: [[500, 300]], more: ["{\"type\":\"int64\",\"shape\":[1],\"data\":[0]}"]),
    Node(op: "ReduceMax", shapes: [[20, 50, 100]], more: ["{\"type\":\"int64\",\"shape\":[2],\"data\":[0,2]}"]),
    Node(op: "ReduceLogSumExp", shapes: [[200, 300]], more: ["{\"type\":\"int64\",\"shape\":[1],\"data\":[1]}"]),
    Node(op: "CumSum", shapes: [[3, 200, 300]], more: ["{\"type\":\"int64\",\"shape\":[],\"data\":[1]}"]),
    Node(op: "Concat", attributes: "{\"axis\":{\"i\":1}}", shapes: [[300, 200], [300, 100]]),
    Node(op: "Split", attributes: "{\"axis\":{\"i\":1}}", shapes: [[300, 400]], outputs: 2),
    Node(op: "Tile", shapes: [[200, 150]], more: ["{\"type\":\"int64\",\"shape\":[2],\"data\":[2,3]}"]),
    Node(
      op: "Gather", shapes: [[900, 80]],
      more: ["{\"type\":\"int64\",\"shape\":[2000],\"data\":\((0..<2000).map { ($0 * 7919) % 900 })}"]),
    Node(op: "Max", shapes: [[300, 400], [400]]), Node(op: "Gelu", shapes: [[300, 400]]),
    Node(op: "Exp", shapes: [[300, 400]]),
    Node(op: "TopK", shapes: [[400, 300]], more: ["{\"type\":\"int64\",\"shape\":[1],\"data\":[5]}"], outputs: 2),
  ]

  @Test(arguments: nodes.indices) func anyNumberOfThreadsGivesTheSameBits(index: Int) throws {
    let node = Self.nodes[index]
    let inputs = node.shapes.enumerated().map { Self.tensor($1, UInt64($0 + 1)) } + node.more
    // Null for results that are not compared, an empty list for gradients that are wanted.
    let wanted = node.shapes.map { _ in "[]" } + node.more.map { _ in "null" }
    let text = """
      {"op":"\(node.op)","name":"large","version":20,"attributes":\(node.attributes),\
      "inputs":[\(inputs.joined(separator: ","))],
       "outputs":[\((0..<node.outputs).map { _ in "null" }.joined(separator: ","))],
       "gradients":[\(wanted.joined(separator: ","))]}
      """
    let c = try JSONDecoder().decode(OperatorCase.self, from: Data(text.utf8))
    func bits(_ team: any OperatorTeam) throws -> [[Float]] {
      let run = try OperatorRun(c, team: team)
      try run.forward()
      let results = run.outputs.map { $0.values.map { Float($0) } }
      let arriving: [TestTensor?] = run.types.map { type in
        guard type.element == .float32 else { return nil }
        let tensor = TestTensor(type)
        tensor.fill((0..<type.shape.count).map { Double(($0 * 31) % 64) / 32 - 1 })
        return tensor
      }
      let targets = run.inputs.enumerated().map { place, input in
        place < node.shapes.count ? input.map { TestTensor($0.type) } : nil
      }
      run.backward(arriving, into: targets)
      #expect(run.isIntact)
      return results + targets.compactMap { $0 }.map { $0.values.map { Float($0) } }
    }
    let (one, many) = (try bits(SingleThread.shared), try bits(ShuffledTeam.shared))
    for (left, right) in zip(one, many) { expectEqual(left, right, node.op) }
    #expect(!one.joined().contains { !$0.isFinite })
  }
}
