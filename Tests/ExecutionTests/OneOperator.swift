import Execution
import Foundation
import NetworkGraph
import OperatorKernels
import TensorKernels

/// A graph of one operator, run forward and backward.
enum OneOperator {
  /// A tensor of data times 2^exponent.
  struct Given {
    var shape: [Int], data: [Float], exponent = 0.0

    init(_ shape: [Int], _ data: [Float], exponent: Double = 0) {
      (self.shape, self.data, self.exponent) = (shape, data, exponent)
    }
  }

  private final class Recorder: ExecutionObserver {
    var gradients: [ValueID: [Double]] = [:]
    func computed(_ value: ValueID, _ tensor: Tensor) {}
    func gradient(of value: ValueID, _ gradient: Tensor) { gradients[value] = OneOperator.values(gradient) }
  }

  private static func values(_ tensor: Tensor) -> [Double] {
    (0..<tensor.count).map { Double(tensor.floats[$0]) * exp2(tensor.exponent) }
  }

  /// A graph of one operator whose inputs are all parameters, in their order, and whose result is its only output.
  static func graph(_ operation: any OperatorKernel, _ given: [Given]) throws -> Graph {
    let ids = given.indices.map { ValueID($0) }, result = ValueID(given.count)
    return Graph(
      name: "one",
      values: given.indices.map { Graph.Value(name: "p\($0)", source: .parameter($0)) }
        + [Graph.Value(name: "y", source: .result(node: 0, slot: 0))],
      nodes: [Graph.Node(name: "node", operation: operation, inputs: ids, outputs: [result])], inputs: [],
      outputs: [result],
      parameters: try given.enumerated().map { place, one in
        GraphParameter(name: "p\(place)", shape: try TensorShape(one.shape)) { target in
          for index in target.indices { target[index] = one.data[index % one.data.count] }
        }
      })
  }

  /// The results of one operator whose inputs are all parameters, and the gradients of the sum of its results.
  static func run(_ operation: any OperatorKernel, _ given: [Given]) throws -> (values: [Double], gradients: [[Double]?]) {
    let graph = try graph(operation, given)
    let compiled = try CompiledGraph(graph, start: graph.outputs[0], observed: [])
    let parameters = try ParameterSet(graph)
    try parameters.load(graph)
    parameters.exponents = given.map(\.exponent)
    let run = GraphRun(
      compiled, parameters: parameters, pool: BufferPool(), team: SingleThread.shared, policy: .carried)
    try run.forward()
    let values = Self.values(run.output), recorder = Recorder()
    try run.backward(
      fill: { target in
        target.update(repeating: 1)
        return 0
      }, observer: recorder)
    return (values, given.indices.map { recorder.gradients[ValueID($0)] })
  }
}
