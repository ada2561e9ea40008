import NetworkGraph

/// Finds out what mean-field theory may take a model's measuring points for.
///
/// A point is a layer of theory's where its operators compute what theory describes and nothing else, and where it reads
/// other points' results, or the model's input, as they are or in another shape. Operators in between, tensors that several
/// points share and results that nothing reads are beyond theory.
struct PointTheory {
  /// One point as theory sees it.
  struct Layer {
    var theory: LayerTheory
    /// What it reads, in order: places of points, or nil for the model's input.
    var sources: [Int?]
  }

  private let model: GraphModel
  private let shape: (ValueID) -> TensorShape
  /// For each activation: its point.
  private var owner: [ValueID: Int] = [:]
  /// For each value: whether it depends on an input of the graph.
  private var dependsOnData: [Bool]
  /// How many points have a parameter.
  private var owners: [Int: Int] = [:]

  /// - Parameters:
  ///   - model: The model.
  ///   - shape: The shape of a value.
  init(_ model: GraphModel, shape: @escaping (ValueID) -> TensorShape) {
    self.model = model
    self.shape = shape
    for (place, point) in model.points.enumerated() {
      owner[point.activation] = place
      for parameter in point.parameters { owners[parameter, default: 0] += 1 }
    }
    dependsOnData = Array(repeating: false, count: model.graph.values.count)
    for input in model.graph.inputs { dependsOnData[input.index] = true }
    for node in model.graph.nodes where node.inputs.contains(where: { $0.map { dependsOnData[$0.index] } ?? false }) {
      for output in node.outputs.compactMap(\.self) { dependsOnData[output.index] = true }
    }
  }

  /// All points as theory sees them.
  func layers() -> [Layer] {
    var layers = model.points.indices.map(layer)
    // Of layers that theory does not know, what they read is known roughly.
    let read = Set(zip(layers, model.points).flatMap { $0.sources.isEmpty ? $1.sources : $0.sources.compactMap(\.self) })
    for place in layers.indices.dropLast() where !read.contains(place) {
      if case .unknown = layers[place].theory { continue }
      layers[place].theory = .unknown(.sentence("theory does not cover results that no other layer reads"))
    }
    return layers
  }

  private func layer(_ place: Int) -> Layer {
    let point = model.points[place]
    guard let node = producer(of: point.preactivation) else { return Layer(theory: .unknown(.kind), sources: []) }
    guard let (theory, signals) = operation(of: point, node) else {
      return Layer(theory: .unknown(Self.reason(point, rank: shape(point.preactivation).rank)), sources: [])
    }
    if point.parameters.contains(where: { owners[$0, default: 0] > 1 }) {
      return Layer(theory: .unknown(.sentence("theory does not cover tensors that several layers share")), sources: [])
    }
    let sources = signals.map(source)
    guard sources.allSatisfy({ $0.isKnown && ($0.place ?? -1) < place }) else {
      return Layer(theory: .unknown(.sentence("theory does not cover operators between layers")), sources: [])
    }
    return Layer(theory: theory, sources: sources.map(\.place))
  }

  /// Why theory has no formula for a point. Of matrices it has one, though not for all of them.
  private static func reason(_ point: MeasuringPoint, rank: Int) -> LayerTheory.Reason {
    guard point.traits.isSuperset(of: [.contracts, .featuresLast]), !point.traits.contains(.recurs) else { return .kind }
    return .sentence(
      rank > 2
        ? "theory does not cover layers that act on each step of a sequence"
        : "theory does not cover weights that the model computes from others")
  }

  /// What a point's operators are to theory, and the signals that they read; nil where theory has no formula for them.
  private func operation(of point: MeasuringPoint, _ node: Graph.Node) -> (LayerTheory, [ValueID])? {
    let inputs = node.inputs.compactMap(\.self), signals = inputs.filter { dependsOnData[$0.index] }
    switch node.operation.theory {
    case .linear:
      guard let signal = product(of: point, node, addends: 2) else { return nil }
      return (.linear, [signal])
    case .sum where signals.count == 1:
      // A product and its bias.
      guard point.parameters.count == 2, let bias = inputs.first(where: { $0 != signals[0] }),
        parameter(behind: bias) == point.parameters[1], let node = producer(of: signals[0]),
        node.operation.theory == .linear, let signal = product(of: point, node, addends: 0)
      else { return nil }
      return (.linear, [signal])
    case .sum:
      let extents = shape(point.preactivation)
      guard signals.count == inputs.count, point.parameters.isEmpty, signals.allSatisfy({ shape($0) == extents }) else {
        return nil
      }
      return (.sum, signals)
    case .normalization:
      guard signals == Array(inputs.prefix(1)), isPlain(inputs.dropFirst().first, of: point, role: .gain, value: 1),
        isPlain(inputs.dropFirst(2).first, of: point, role: .shift, value: 0)
      else { return nil }
      return (node.operation.theory, signals)
    case .pooling, .unknown: return nil
    }
  }

  /// The signal that a product multiplies by the point's whole weight matrix; nil for another product.
  ///
  /// - Parameter addends: How many inputs the product may have beside the two factors: a bias of the point's.
  private func product(of point: MeasuringPoint, _ node: Graph.Node, addends: Int) -> ValueID? {
    let inputs = node.inputs.compactMap(\.self), factors = inputs.prefix(2)
    guard factors.count == 2, let signal = factors.first(where: { dependsOnData[$0.index] }), shape(signal).rank == 2,
      let matrix = factors.first(where: { !dependsOnData[$0.index] }), let place = parameter(behind: matrix),
      place == point.parameters.first
    else { return nil }
    let parameter = model.graph.parameters[place]
    guard parameter.isDrawn, !parameter.isShaped, parameter.weightShape?.copies == 1 else { return nil }
    let bias = inputs.dropFirst(2).first
    guard inputs.count <= 2 + addends, point.parameters.count <= (bias == nil && addends > 0 ? 1 : 2) else { return nil }
    if let bias { guard self.parameter(behind: bias) == point.parameters.dropFirst().first else { return nil } }
    return signal
  }

  /// Whether a gain or shift is missing, a tensor of the point, or a constant that changes nothing.
  private func isPlain(_ value: ValueID?, of point: MeasuringPoint, role: ParameterTensor.Role, value plain: Float) -> Bool {
    guard let value else { return true }
    if let place = parameter(behind: value) {
      return point.parameters.contains(place) && model.graph.parameters[place].role == role
    }
    guard case .constant(let constant) = model.graph[value].source else { return false }
    return constant.floats?.allSatisfy { $0 == plain } ?? false
  }

  /// Where a signal comes from: a point's result or the model's input, as they are or in another shape.
  private func source(of signal: ValueID) -> (isKnown: Bool, place: Int?) {
    var value = signal
    // A longer chain of changes of shape is none that an exporter writes.
    for _ in 0..<64 {
      if let place = owner[value] { return (true, place) }
      let shape = shape(value)
      guard shape.rank > 1, shape[0] == model.batch else { break }
      if case .input = model.graph[value].source { return (true, nil) }
      guard let before = passedOn(value), self.shape(before).count == shape.count else { break }
      value = before
    }
    return (false, nil)
  }

  /// The trainable tensor that a value holds, whole; nil for other values.
  private func parameter(behind value: ValueID) -> Int? {
    var value = value
    for _ in 0..<64 {
      if case .parameter(let place) = model.graph[value].source {
        return place
      }
      guard let before = passedOn(value), shape(before).count == shape(value).count else { return nil }
      value = before
    }
    return nil
  }

  /// The value that an operator passes on as it is or in another order, under this name.
  private func passedOn(_ value: ValueID) -> ValueID? {
    guard case .result(let place, 0) = model.graph[value].source else { return nil }
    let node = model.graph.nodes[place]
    guard node.operation.traits.keepsEveryValue else { return nil }
    return node.inputs.first ?? nil
  }

  private func producer(of value: ValueID) -> Graph.Node? {
    guard case .result(let place, 0) = model.graph[value].source else { return nil }
    return model.graph.nodes[place]
  }
}
