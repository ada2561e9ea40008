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

  /// Checks that given arrays fit the model: inputs, a cotangent and classes.
  ///
  /// - Parameters:
  ///   - arrays: What is given.
  ///   - backward: What the backward pass starts from.
  /// - Throws: `InputMismatch` that says what is given and what is needed.
  func check(_ arrays: GraphArrays, _ backward: BackwardSource) throws(InputMismatch) {
    let inputs = Dictionary(model.inputs.map { ($0.name, compiled.type(of: $0.value)) }) { first, _ in first }
    for (name, array) in arrays.inputs.sorted(by: { $0.key < $1.key }) {
      guard let type = inputs[name] else {
        throw InputMismatch(
          message: "there is an array '\(name)', and the model has no input of that name",
          hint: "Its inputs: \(model.inputs.map(\.name).joined(separator: ", "))")
      }
      guard array.shape == type.shape else {
        throw InputMismatch(
          message: "the array '\(name)' is \(array.shape), the model takes \(type.shape)",
          hint: "Save an array of that shape, or export the model with dynamic shapes")
      }
      guard array.type.element == type.element else {
        throw InputMismatch(
          message: "the array '\(name)' holds \(array.type.element.rawValue), the model takes \(type.element.rawValue)",
          hint: "Convert it with .astype before saving")
      }
    }
    let shape = compiled.type(of: model.start).shape
    if let cotangent = arrays.cotangent {
      guard cotangent.count == shape.count else {
        throw InputMismatch(
          message: "the array 'cotangent' has \(cotangent.count) values, the model's output \(shape.count) (\(shape))",
          hint: "Save one of the output's shape")
      }
      guard backward == .gaussian else {
        throw InputMismatch(
          message: "the array 'cotangent' and --backward \(backward.rawValue) both say where the backward pass starts",
          hint: "Leave one of them out")
      }
    }
    guard let labels = arrays.labels else { return }
    let outputs = max(1, shape.extents.last ?? 1), rows = shape.count / outputs
    let classes = backward == .crossEntropy ? outputs : 2
    guard backward == .crossEntropy || backward == .binaryCrossEntropy && outputs == 1 else {
      throw InputMismatch(
        message: "the array 'labels' gives classes, and --backward \(backward.rawValue) takes none",
        hint: "Choose --backward cross_entropy, or leave the array out")
    }
    guard labels.count == rows else {
      throw InputMismatch(
        message: "the array 'labels' has \(labels.count) classes, the model's output \(rows) rows (\(shape))",
        hint: "Give one class for each row of the output")
    }
    if let place = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw InputMismatch(
        message: "class \(place) of the array 'labels' is \(labels[place]), the model has \(classes) classes",
        hint: "Classes count from 0 to \(classes - 1)")
    }
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
