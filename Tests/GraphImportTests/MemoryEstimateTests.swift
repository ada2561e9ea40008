import Execution
import GraphImport
import NetworkGraph
import OperatorKernels
import TensorKernels
import Testing

/// The memory that is planned for a model against what its passes take from the pool.
@Suite struct MemoryEstimateTests {
  /// A pool with a limit of one byte holds nothing idle when it grows, so that the most it held is what was in use at once.
  @Test(arguments: ReferenceModel.names) func isThePeakOfThePool(_ name: String) throws {
    let fixture = try ReferenceModel(name), model = try fixture.model("noopt.onnx")
    let compiled = try CompiledGraph(model.graph, start: model.start, observed: []), pool = BufferPool(limit: 1)
    let parameters = try ParameterSet(model.graph)
    try parameters.load(model.graph)
    let run = GraphRun(compiled, parameters: parameters, pool: pool, team: SingleThread.shared, policy: .plain)
    for input in model.inputs {
      if let constant = fixture.arrays.inputs[input.name] { constant.write(to: try run.input(input.value).memory) }
    }
    try run.forward()
    try run.backward(
      fill: { target in
        target.update(repeating: 1)
        return 0
      }, observer: nil)
    #expect(pool.peakBytes == compiled.peakBytes)
  }
}
