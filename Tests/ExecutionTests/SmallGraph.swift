import Execution
import NetworkGraph
import OperatorKernels

/// `relu(x W + b) V`, with a constant that is folded: what the tests run.
struct SmallGraph {
  static let batch = 3
  static let inputs = 4
  static let hidden = 5
  static let outputs = 2

  let graph: Graph
  let x = ValueID(0), w = ValueID(1), b = ValueID(2), v = ValueID(3)
  let product = ValueID(4), sum = ValueID(5), activation = ValueID(6), output = ValueID(7)

  init(scale: Float = 1) throws {
    func shape(_ extents: Int...) throws -> TensorShape { try TensorShape(extents) }
    func parameter(_ name: String, _ shape: TensorShape, _ seed: Float) -> GraphParameter {
      GraphParameter(name: name, shape: shape) { target in
        for place in target.indices { target[place] = scale * Self.value(place, seed) }
      }
    }
    let values: [Graph.Value] = [
      Graph.Value(name: "x", source: .input(ValueType(.float32, try shape(Self.batch, Self.inputs)))),
      Graph.Value(name: "w", source: .parameter(0)), Graph.Value(name: "b", source: .parameter(1)),
      Graph.Value(name: "v", source: .parameter(2)), Graph.Value(name: "product", source: .result(node: 0, slot: 0)),
      Graph.Value(name: "sum", source: .result(node: 1, slot: 0)),
      Graph.Value(name: "activation", source: .result(node: 2, slot: 0)),
      Graph.Value(name: "output", source: .result(node: 3, slot: 0)),
    ]
    graph = Graph(
      name: "small", values: values,
      nodes: [
        Graph.Node(name: "product", operation: MatMul(), inputs: [x, w], outputs: [product]),
        Graph.Node(name: "sum", operation: Addition(), inputs: [product, b], outputs: [sum]),
        Graph.Node(name: "relu", operation: ActivationOperator(.relu, kind: "Relu"), inputs: [sum], outputs: [activation]),
        Graph.Node(name: "output", operation: MatMul(), inputs: [activation, v], outputs: [output]),
      ], inputs: [x], outputs: [output],
      parameters: [
        parameter("w", try shape(Self.inputs, Self.hidden), 1), parameter("b", try shape(Self.hidden), 2),
        parameter("v", try shape(Self.hidden, Self.outputs), 3),
      ])
  }

  /// Numbers between -1 and 1 without a pattern.
  static func value(_ place: Int, _ seed: Float) -> Float {
    let product = (Float(place) * 0.618_034 + seed * 0.414_214).truncatingRemainder(dividingBy: 1)
    return 2 * product - 1
  }
}
