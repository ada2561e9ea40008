import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// Matrix products, Einsum, attention, rotary embedding and resizing against PyTorch.
@Suite struct ProductTests {
  @Test func agreesWithPyTorch() throws { try OperatorCase.check("products") }

  @Test func agreesOnSeveralThreads() throws { try OperatorCase.check("products", team: ShuffledTeam.shared) }

  /// Memory of an attention grows with the steps, not with their square.
  @Test func attentionDoesNotStoreItsScores() throws {
    let operation = Attention(isCausal: true)
    func floats(_ steps: Int) throws -> Int {
      let type = ValueType(.float32, try TensorShape([2, 12, steps, 64]))
      let needs = operation.requirements(
        inputs: [type, type, type], outputs: try operation.results(of: [type, type, type].map { ValueFacts($0) }))
      return needs.saved + needs.forwardWorkspace + needs.backwardWorkspace
    }
    // Blocks of 64 rows, eight at a time: 64 x 8 floats per step and tile at most, beside keys and values.
    #expect(try floats(4096) <= 4096 * (2 * 24 + 3 * 512 + 8 * 128))
    #expect(try floats(4096) <= 8 * floats(512))
  }

  @Test func aPositionOutsideItsTableIsNamed() throws {
    let c = try OperatorCase.parse(
      """
      {"op":"RotaryEmbedding","name":"outside","version":23,"attributes":{},
       "inputs":[{"type":"float32","shape":[1,1,1,2],"data":[1,2]},{"type":"float32","shape":[3,1],"data":[1,2,3]},
       {"type":"float32","shape":[3,1],"data":[1,2,3]},{"type":"int64","shape":[1,1],"data":[3]}],"outputs":[null]}
      """)
    let run = try OperatorRun(c)
    do {
      try run.forward()
      Issue.record("position 3 of 3 was taken")
    } catch let error as OperatorFailure {
      #expect(error.description.contains("position 3") && error.description.contains("3 rows"))
    }
  }
}
