import Execution
import NetworkGraph
import ONNXFiles

/// Who makes and reads each value of a graph, and what is known of it, for recognizers.
struct GraphIndex {
  let graph: Graph
  let origins: [ONNXNode]
  let types: [ValueType]
  let constants: [TensorConstant?]
  /// For each value: the node that makes it.
  let producer: [Int?]
  /// For each value: the nodes that read it, in order, each once.
  let consumers: [[Int]]
  /// For each value: whether it depends on an input of the graph.
  let dependsOnData: [Bool]
  let outputs: Set<ValueID>
  /// The activation functions that follow values, by these values and by their last nodes.
  private(set) var activations: [ValueID: ActivationRegion] = [:]
  private(set) var activationEnds: [Int: ActivationRegion] = [:]

  init(_ graph: Graph, origins: [ONNXNode], types: [ValueType], constants: [TensorConstant?]) {
    self.graph = graph
    self.origins = origins
    self.types = types
    self.constants = constants
    var producer = [Int?](repeating: nil, count: graph.values.count)
    var consumers = [[Int]](repeating: [], count: graph.values.count)
    var depends = [Bool](repeating: false, count: graph.values.count)
    for input in graph.inputs { depends[input.index] = true }
    for (place, node) in graph.nodes.enumerated() {
      // What is known beforehand (a shape, a number in the type of a tensor) reads nothing.
      let isKnown = !node.outputs.isEmpty && node.outputs.allSatisfy { $0.map { constants[$0.index] != nil } ?? true }
      // The second input of CastLike gives its type alone.
      let flowing = origins[place].opType == "CastLike" ? node.inputs.prefix(1) : node.inputs[...]
      if !isKnown { for input in Set(flowing.compactMap(\.self)) { consumers[input.index].append(place) } }
      // Shapes and sizes of data are known beforehand.
      let flows = flowing.contains { $0.map { depends[$0.index] && constants[$0.index] == nil } ?? false }
      for output in node.outputs {
        guard let output else { continue }
        producer[output.index] = place
        depends[output.index] = flows && constants[output.index] == nil
      }
    }
    self.producer = producer
    self.consumers = consumers
    dependsOnData = depends
    outputs = Set(graph.outputs)
    activations = ActivationRegion.all(in: self)
    for region in activations.values { if let last = region.nodes.last { activationEnds[last] = region } }
  }

  func kind(_ node: Int) -> String { origins[node].opType }
  func type(_ value: ValueID) -> ValueType { types[value.index] }
  func isFloat(_ value: ValueID) -> Bool { types[value.index].element == .float32 }

  /// Whether a value is a signal: floats that depend on the graph's inputs.
  func isSignal(_ value: ValueID?) -> Bool { value.map { isFloat($0) && dependsOnData[$0.index] } ?? false }

  /// The only node that reads a value; nil where there are several or none, or where the value leaves the graph.
  func onlyConsumer(_ value: ValueID) -> Int? {
    guard consumers[value.index].count == 1, !outputs.contains(value) else { return nil }
    return consumers[value.index][0]
  }

  /// Operators that pass a tensor's elements on, all of them, in some order.
  static let passing: Set<String> = [
    "Transpose", "Reshape", "Cast", "CastLike", "Identity", "Unsqueeze", "Squeeze", "Flatten",
  ]

  /// A trainable tensor that a value holds, possibly in another order.
  struct Held {
    var parameter: Int
    /// Whether the last two axes are exchanged on the way.
    var isTransposed: Bool
  }

  /// The trainable tensor behind a value; nil where there is none, or where it was computed with.
  func held(_ value: ValueID?) -> Held? {
    var value = value, isTransposed = false
    // A chain of more changes than this is none that an exporter writes.
    for _ in 0..<64 {
      guard let current = value else { return nil }
      switch graph[current].source {
      case .parameter(let place): return Held(parameter: place, isTransposed: isTransposed)
      case .result(let node, _):
        guard Self.passing.contains(kind(node)), let source = graph.nodes[node].inputs.first else { return nil }
        if exchangesLastAxes(node) { isTransposed.toggle() }
        value = source
      default: return nil
      }
    }
    return nil
  }

  /// The trainable tensors of which a value consists: behind changes of shape and order, slices, and pieces put together.
  func constituents(_ value: ValueID?) -> [Int] {
    var found: [Int] = [], seen: Set<ValueID> = [], front = [value].compactMap(\.self)
    while let value = front.popLast(), seen.count < 4096 {
      guard seen.insert(value).inserted else { continue }
      switch graph[value].source {
      case .parameter(let place): found.append(place)
      case .result(let node, _):
        let inputs = graph.nodes[node].inputs
        if kind(node) == "Concat" {
          front += inputs.compactMap(\.self)
        } else if Self.passing.contains(kind(node)) || ["Slice", "SequenceAt", "Split"].contains(kind(node)) {
          front += inputs.prefix(1).compactMap(\.self)
        }
      default: break
      }
    }
    return found.sorted()
  }

  /// The single float that a value holds; nil for others.
  func scalar(_ value: ValueID?) -> Double? {
    guard let value, let constant = constants[value.index], constant.shape.count == 1 else { return nil }
    return constant.floats?.first.map(Double.init)
  }
}
