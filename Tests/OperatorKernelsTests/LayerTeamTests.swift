import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// Results and gradients of layers are the same bits for any number of threads, on tensors large enough to be cut.
@Suite struct LayerTeamTests {
  struct Node: Sendable {
    var op: String
    var shapes: [[Int]]
    var attributes: [String: OperatorAttributes.Value] = [:]
    var outputs = 1
  }

  static let nodes = [
    Node(op: "Conv", shapes: [[19, 8, 24, 24], [16, 8, 3, 3], [16]], attributes: ["pads": .integers([1, 1, 1, 1])]),
    Node(op: "Conv", shapes: [[33, 8, 300], [8, 4, 5]], attributes: ["group": .integer(2), "strides": .integers([2])]),
    Node(
      op: "ConvTranspose", shapes: [[19, 16, 12, 12], [16, 8, 3, 3], [8]], attributes: ["strides": .integers([2, 2])]),
    Node(op: "MaxPool", shapes: [[7, 8, 40, 40]], attributes: ["kernel_shape": .integers([3, 3])]),
    Node(
      op: "AveragePool", shapes: [[7, 8, 40, 40]],
      attributes: ["kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1]), "count_include_pad": .integer(1)]),
    Node(op: "GlobalAveragePool", shapes: [[70, 16, 10, 10]]),
    Node(
      op: "BatchNormalization", shapes: [[64, 12, 80], [12], [12], [12], [12]], attributes: ["training_mode": .integer(1)]),
    Node(op: "LayerNormalization", shapes: [[300, 190], [190], [190]], outputs: 3),
    Node(op: "RMSNormalization", shapes: [[300, 190], [190]]),
    Node(op: "InstanceNormalization", shapes: [[40, 12, 130], [12], [12]]),
    Node(op: "GroupNormalization", shapes: [[40, 12, 130], [12], [12]], attributes: ["num_groups": .integer(3)]),
    Node(op: "LpNormalization", shapes: [[9000, 7]]),
    Node(op: "LRN", shapes: [[9, 12, 90]], attributes: ["size": .integer(3)]),
    Node(op: "Softmax", shapes: [[700, 90]]),
    Node(op: "Softmax", shapes: [[90, 60, 30]], attributes: ["axis": .integer(1)]),
    Node(op: "LogSoftmax", shapes: [[700, 90]]),
    Node(
      op: "Attention", shapes: [[3, 6, 130, 8], [3, 6, 130, 8], [3, 6, 130, 8]], attributes: ["is_causal": .integer(1)]),
    Node(
      op: "LSTM", shapes: [[5, 50, 8], [2, 48, 8], [2, 48, 12], [2, 96]], attributes: ["direction": .text("bidirectional")],
      outputs: 3),
    Node(op: "GRU", shapes: [[5, 50, 8], [1, 36, 8], [1, 36, 12]], outputs: 2),
    Node(op: "RNN", shapes: [[5, 50, 8], [1, 12, 8], [1, 12, 12]], outputs: 2),
    Node(op: "Einsum", shapes: [[40, 30, 4, 16], [40, 30, 4, 16]], attributes: ["equation": .text("bihd,bjhd->bhij")]),
    Node(op: "MatMul", shapes: [[40, 4, 30, 40], [40, 4, 40, 30]]), Node(op: "MatMul", shapes: [[600, 130], [130, 200]]),
    Node(op: "DepthToSpace", shapes: [[12, 16, 20, 20]], attributes: ["blocksize": .integer(2)]),
    Node(op: "RotaryEmbedding", shapes: [[4, 6, 90, 16], [4, 90, 8], [4, 90, 8]]),
  ]

  @Test(arguments: nodes.indices) func anyNumberOfThreadsGivesTheSameBits(index: Int) throws {
    let node = Self.nodes[index]
    let entry = try #require(OperatorCatalogue[node.op])
    let operation = try entry.make(
      OperatorAttributes(
        version: 23, values: node.attributes, outputCount: node.outputs, givesInput: node.shapes.map { _ in true }))
    let inputs = try node.shapes.map { ValueType(.float32, try TensorShape($0)) }
    let types = try operation.results(of: inputs.map { ValueFacts($0) })
    let needs = operation.requirements(inputs: inputs, outputs: types)
    func filled(_ type: ValueType, _ seed: UInt64) -> TestTensor {
      let tensor = TestTensor(type)
      guard type.element == .float32 else { return tensor }
      var words = SplitMix(state: seed)
      // Positive, so that variances may be among them.
      tensor.fill((0..<type.shape.count).map { _ in Double(words.next() >> 40) / 0x1p24 + 0.1 })
      return tensor
    }
    func pass(_ team: any OperatorTeam) throws -> [[Float]] {
      let given = inputs.enumerated().map { filled($1, UInt64($0)) }, results = types.map { TestTensor($0) }
      let saved = try TestTensor(floats: needs.saved), forward = try TestTensor(floats: needs.forwardWorkspace)
      let backward = try TestTensor(floats: needs.backwardWorkspace), exponents = inputs.map { _ in 0.0 }
      try operation.forward(
        ForwardCall(
          inputs: given.map(\.view), outputs: results.map(\.view), saved: saved.floats, workspace: forward.floats,
          exponents: exponents, team: team))
      let arriving = types.enumerated().map { filled($1, UInt64(100 + $0)) }, targets = inputs.map { TestTensor($0) }
      let values = results.map { $0.values.map { Float($0) } }
      operation.backward(
        BackwardCall(
          inputs: given.map(\.view), outputs: results.map(\.view),
          outputGradients: zip(types, arriving).map { $0.element == .float32 ? UnsafePointer($1.floats) : nil },
          inputGradients: targets.map(\.floats), saved: saved.floats, workspace: backward.floats, exponents: exponents,
          team: team))
      // Pointers do not keep their tensors.
      for tensor in given + results + arriving + targets + [saved, forward, backward] {
        #expect(tensor.isIntact, "\(node.op)")
      }
      return values + targets.map { $0.values.map { Float($0) } }
    }
    let (one, many) = (try pass(SingleThread.shared), try pass(ShuffledTeam.shared))
    for (left, right) in zip(one, many) { expectEqual(left, right, node.op) }
    #expect(one.joined().allSatisfy { $0.isFinite }, "\(node.op)")
  }
}
