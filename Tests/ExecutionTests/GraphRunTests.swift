import Execution
import NetworkGraph
import OperatorKernels
import TensorKernels
import Testing

/// Runs of a small graph against sums in Double and central differences.
@Suite struct GraphRunTests {
  /// Keeps what a run shows, in true units.
  private final class Recorder: ExecutionObserver {
    var values: [ValueID: [Double]] = [:]
    var gradients: [ValueID: [Double]] = [:]
    var exponents: [ValueID: Double] = [:]

    func computed(_ value: ValueID, _ tensor: Tensor) throws {
      values[value] = (0..<tensor.count).map { Double(tensor.floats[$0]) }
      exponents[value] = tensor.exponent
    }

    func gradient(of value: ValueID, _ gradient: Tensor) throws {
      // Where the exponent is far outside Double's range, only the data are kept.
      gradients[value] = (0..<gradient.count).map { Double(gradient.floats[$0]) }
      exponents[value] = gradient.exponent
    }
  }

  /// The loss of the tests, the sum of output times cotangent, computed in Double.
  private func loss(_ parameters: [[Double]], _ x: [Double], _ cotangent: [Double]) -> Double {
    var sum = 0.0
    for row in 0..<SmallGraph.batch {
      let hidden = (0..<SmallGraph.hidden).map { unit -> Double in
        var z = parameters[1][unit]
        for place in 0..<SmallGraph.inputs {
          z += x[row * SmallGraph.inputs + place] * parameters[0][place * SmallGraph.hidden + unit]
        }
        return max(0, z)
      }
      for output in 0..<SmallGraph.outputs {
        let y = (0..<SmallGraph.hidden).reduce(0.0) { $0 + hidden[$1] * parameters[2][$1 * SmallGraph.outputs + output] }
        sum += y * cotangent[row * SmallGraph.outputs + output]
      }
    }
    return sum
  }

  private func run(
    _ small: SmallGraph, policy: ScalePolicy, threads: Int = 1
  ) throws -> (recorder: Recorder, run: GraphRun, x: [Double], cotangent: [Double]) {
    let compiled = try CompiledGraph(small.graph, start: small.output, observed: [small.sum, small.activation])
    let parameters = try ParameterSet(small.graph)
    try parameters.load(small.graph)
    let run = GraphRun(
      compiled, parameters: parameters, pool: BufferPool(), team: ThreadTeam(size: threads), policy: policy)
    let view = try run.input(small.x)
    for place in 0..<view.count { view.floats[place] = SmallGraph.value(place, 7) }
    let recorder = Recorder()
    try run.forward(observer: recorder)
    let cotangent = (0..<SmallGraph.batch * SmallGraph.outputs).map { Double(SmallGraph.value($0, 11)) }
    try run.backward(
      fill: { target in
        for place in target.indices { target[place] = Float(cotangent[place]) }
        return 0
      }, observer: recorder)
    return (recorder, run, (0..<SmallGraph.batch * SmallGraph.inputs).map { Double(SmallGraph.value($0, 7)) }, cotangent)
  }

  /// Central differences of a piecewise linear function are exact to Double's rounding where no kink lies between the two
  /// points; Float's sums of at most 15 products round by 15 x 2^-24 of their terms, 1e-6.
  @Test(arguments: [1, 2]) func gradientsAgreeWithCentralDifferences(threads: Int) throws {
    let small = try SmallGraph(), (recorder, _, x, cotangent) = try run(small, policy: .carried, threads: threads)
    let parameters = [(20, Float(1)), (5, 2), (10, 3)].map { count, seed in
      (0..<count).map { Double(SmallGraph.value($0, seed)) }
    }
    for (index, value) in [small.w, small.b, small.v].enumerated() {
      let gradient = try #require(recorder.gradients[value])
      for place in parameters[index].indices {
        var above = parameters, below = parameters
        above[index][place] += 1e-4
        below[index][place] -= 1e-4
        let expected = (loss(above, x, cotangent) - loss(below, x, cotangent)) / 2e-4
        #expect(abs(gradient[place] - expected) < 1e-5, "parameter \(index), element \(place)")
      }
    }
  }

  /// With every parameter times 2^k the gradient of the first weights, which the output's weights multiply, has k more in
  /// its exponent, and the same data: for exponents far outside Float's range as well.
  @Test func scalesAreCarriedBeyondFloat() throws {
    let small = try SmallGraph(), plain = try run(small, policy: .carried)
    let compiled = try CompiledGraph(small.graph, start: small.output, observed: [])
    let parameters = try ParameterSet(small.graph)
    try parameters.load(small.graph)
    parameters.exponents = [0, 0, -3000]
    let run = GraphRun(compiled, parameters: parameters, pool: BufferPool(), team: SingleThread.shared, policy: .carried)
    let view = try run.input(small.x)
    for place in 0..<view.count { view.floats[place] = SmallGraph.value(place, 7) }
    try run.forward()
    #expect(run.output.exponent == -3000)
    let recorder = Recorder()
    try run.backward(
      fill: { target in
        for place in target.indices { target[place] = Float(plain.cotangent[place]) }
        return 0
      }, observer: recorder)
    #expect(recorder.exponents[small.w] == -3000)
    #expect(recorder.gradients[small.w] == plain.recorder.gradients[small.w])
  }

  @Test func aKeptRunGoesBackwardAgain() throws {
    let small = try SmallGraph(), compiled = try CompiledGraph(small.graph, start: small.output, observed: [])
    let parameters = try ParameterSet(small.graph)
    try parameters.load(small.graph)
    let run = GraphRun(compiled, parameters: parameters, pool: BufferPool(), team: SingleThread.shared, policy: .plain)
    let view = try run.input(small.x)
    for place in 0..<view.count { view.floats[place] = SmallGraph.value(place, 7) }
    try run.forward()
    var all: [[Double]?] = []
    for _ in 0..<2 {
      let recorder = Recorder()
      try run.backward(
        fill: { target in
          target.update(repeating: 1)
          return 0
        }, observer: recorder, releases: false)
      all.append(recorder.gradients[small.v])
    }
    #expect(all[0] == all[1] && all[0] != nil)
  }

  @Test func typesThatDoNotFitNameTheNode() throws {
    let small = try SmallGraph()
    var graph = small.graph
    graph.nodes[3].inputs = [small.activation, small.w]
    let error = #expect(throws: GraphError.self) {
      _ = try CompiledGraph(graph, start: small.output, observed: [])
    }
    #expect(error?.description.contains("node 'output' (MatMul)") == true)
  }

  /// The backward pass of TopK reads the places, which no node here names: the two largest of three take the gradient.
  @Test func aResultThatNobodyNamesIsReadBackward() throws {
    let entry = try #require(OperatorCatalogue["TopK"])
    let largest = try entry.make(OperatorAttributes(version: 9, values: ["k": .integer(2)]))
    let (values, gradients) = try OneOperator.run(largest, [OneOperator.Given([1, 3], [3, 1, 2])])
    #expect(values == [3, 2])
    #expect(gradients == [[1, 0, 1]])
  }
}
