import Execution
import NetworkGraph
import OperatorKernels
import TensorKernels

/// A model from a file made ready for audits: the compiled graph, and its measuring points as a network for reports.
package struct GraphPlan: Sendable {
  package let model: GraphModel
  let compiled: CompiledGraph
  /// The measuring points as reports and rules see them.
  package let network: Network
  /// For each value that is looked at: the points whose pre-activation or activation it is.
  let observed: [ValueID: [(point: Int, isPreactivation: Bool)]]

  /// Whether every float value is measured besides the measuring points.
  let measuresEveryValue: Bool

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - everyValue: Whether every float value is measured besides the measuring points.
  /// - Throws: `GraphError` where its operators do not fit together, `OutOfMemory`.
  package init(_ model: GraphModel, everyValue: Bool = false) throws {
    self.model = model
    measuresEveryValue = everyValue
    var observed: [ValueID: [(point: Int, isPreactivation: Bool)]] = [:]
    for (place, point) in model.points.enumerated() {
      observed[point.preactivation, default: []].append((place, true))
      if point.activation != point.preactivation { observed[point.activation, default: []].append((place, false)) }
    }
    self.observed = observed
    let compiled = try CompiledGraph(
      model.graph, start: model.start,
      observed: everyValue
        ? Self.signals(of: model.graph) : observed.keys.sorted { $0.index < $1.index })
    self.compiled = compiled
    var nodes: [Network.Node] = []
    for point in model.points {
      let shape = Self.sampleShape(compiled.type(of: point.activation).shape)
      let parameters = point.parameters.map { GraphParameterDescription.tensor(model.graph.parameters[$0]) }
      let inputs = point.sources.isEmpty ? [Network.inputName] : point.sources.map { model.points[$0].name }
      let inputShapes =
        point.sources.isEmpty
        ? [shape] : point.sources.map { Self.sampleShape(compiled.type(of: model.points[$0].activation).shape) }
      nodes.append(
        Network.Node(
          name: point.name,
          layer: GraphLayer(
            kind: point.kind, traits: point.traits, activation: point.nonlinearity, scope: point.scope,
            value: model.graph[point.activation].name, parameters: parameters, shape: shape),
          inputs: inputs, inputShapes: inputShapes, shape: shape))
    }
    let input = model.inputs.first.map { Self.sampleShape(compiled.type(of: $0.value).shape) } ?? .features(1)
    network = Network(name: model.name, input: input, nodes: nodes)
  }

  /// Values that nodes make or that are given; tensors of the file are none.
  private static func signals(of graph: Graph) -> [ValueID] {
    graph.values.indices.filter {
      switch graph.values[$0].source {
      case .input, .result: true
      case .parameter, .constant: false
      }
    }.map { ValueID($0) }
  }

  /// Whether the backward pass starts at one row of values per sample.
  package var startsAtClasses: Bool {
    let shape = compiled.type(of: model.start).shape
    return shape.rank == 2 && shape[0] == model.batch
  }

  /// The shape of one sample: what is behind the first axis.
  static func sampleShape(_ shape: TensorShape) -> Shape {
    let extents = shape.extents.dropFirst().map { max(1, $0) }
    switch extents.count {
    case 0: return .features(1)
    case 1: return .features(extents[0])
    case 2: return .sequence(steps: extents[0], features: extents[1])
    case 3: return .image(channels: extents[0], height: extents[1], width: extents[2])
    default: return .features(extents.reduce(1, *))
    }
  }
}
