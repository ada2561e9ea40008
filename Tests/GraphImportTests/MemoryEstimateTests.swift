import Execution
import GraphImport
import NetworkGraph
import OperatorKernels
import TensorKernels
import Testing

/// The memory that is planned for a model against what its passes take from the pool, and what passes in segments give.
@Suite struct MemoryEstimateTests {
  /// Keeps the gradients of all parameters.
  private final class Gradients: ExecutionObserver {
    var bits: [ValueID: [UInt32]] = [:]

    func computed(_ value: ValueID, _ tensor: Tensor) {}

    func gradient(of value: ValueID, _ gradient: Tensor) {
      bits[value] = (0..<gradient.count).map { gradient.floats[$0].bitPattern }
    }
  }

  /// Runs a model forward and backward in at most `count` segments. A pool with a limit of one byte holds nothing idle when
  /// it grows, so that the most it held is what was in use at once.
  private func run(
    _ fixture: ReferenceModel, count: Int
  ) throws -> (peak: Int, planned: Int, segments: Int, gradients: Gradients) {
    let model = try fixture.model("noopt.onnx")
    // Recurrent nodes show their gates, which take memory, too.
    let compiled = try CompiledGraph(
      model.graph, start: model.start, observed: [], traced: Set(model.graph.nodes.indices))
    let pool = BufferPool(limit: 1)
    let parameters = try ParameterSet(model.graph)
    try parameters.load(model.graph)
    let segments = compiled.segments(count)
    let run = GraphRun(
      compiled, parameters: parameters, pool: pool, team: SingleThread.shared, policy: .plain, segments: segments)
    for input in model.inputs {
      if let constant = fixture.arrays.inputs[input.name] { constant.write(to: try run.input(input.value).memory) }
    }
    let gradients = Gradients()
    try run.forward(observer: gradients)
    try run.backward(
      fill: { target in
        target.update(repeating: 1)
        return 0
      }, observer: gradients)
    return (pool.peakBytes, compiled.peakBytes(segments), segments.count, gradients)
  }

  /// Signals that were computed again are the same to the bit, and so are the gradients.
  @Test(arguments: ReferenceModel.names) func isThePeakOfThePool(_ name: String) throws {
    let fixture = try ReferenceModel(name), whole = try run(fixture, count: 1)
    #expect(whole.peak == whole.planned && whole.segments == 1 && !whole.gradients.bits.isEmpty)
    for count in [2, 3, 8] {
      let pieces = try run(fixture, count: count)
      #expect(pieces.segments > 1 && pieces.peak == pieces.planned, "\(count) segments")
      #expect(pieces.gradients.bits == whole.gradients.bits, "\(count) segments")
    }
  }
}
