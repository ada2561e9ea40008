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

  /// For each recurrent node whose gates are looked at: its point.
  let cells: [Int: Int]
  /// For each state of a recurrent layer that is written out: its point and its step.
  let steps: [ValueID: (point: Int, step: Int)]
  /// For each value that a gate of such a layer reads: its point, and its place among the gates of all steps.
  let gates: [ValueID: (point: Int, place: Int)]

  /// For each point: whether the second axis of its values is that of its units.
  let hasChannelsFirst: [Bool]

  /// For each value: where its samples lie; nil where that is not known.
  private let samplePlaces: [SamplePlace?]

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
    let cells = Self.cells(model)
    self.cells = cells
    var steps: [ValueID: (point: Int, step: Int)] = [:]
    for (place, point) in model.points.enumerated() {
      for (step, value) in point.states.enumerated() { steps[value] = (place, step) }
    }
    self.steps = steps
    var written: [ValueID: (point: Int, place: Int)] = [:]
    for (place, point) in model.points.enumerated() {
      for (gate, value) in point.gates.values.joined().enumerated() { written[value] = (place, gate) }
    }
    self.gates = written
    let compiled = try CompiledGraph(
      model.graph, start: model.start,
      observed: everyValue
        ? Self.signals(of: model.graph)
        : Set(observed.keys).union(steps.keys).union(written.keys).sorted { $0.index < $1.index },
      traced: Set(cells.keys))
    self.compiled = compiled
    let hasChannelsFirst = Self.channelsFirst(
      model.points, ranks: model.points.map { compiled.type(of: $0.activation).shape.rank })
    self.hasChannelsFirst = hasChannelsFirst
    // Of a single sample nothing tells on which axis it is.
    let samplePlaces =
      model.batch > 1 ? compiled.samplePlaces(count: model.batch) : Array(repeating: nil, count: compiled.types.count)
    self.samplePlaces = samplePlaces
    func sampleShape(_ place: Int) -> Shape {
      let value = model.points[place].activation, shape = compiled.type(of: value).shape, extents = shape.extents
      if Self.hasStepsFirst(model.points[place], extents) {
        return .sequence(steps: max(1, extents[0]), features: max(1, extents[1] * extents[3]))
      }
      return Self.sampleShape(
        samplePlaces[value.index]?.sampleExtents(of: shape) ?? Array(extents.dropFirst()),
        channelsFirst: hasChannelsFirst[place])
    }
    let theories = PointTheory(model) { compiled.type(of: $0).shape }.layers()
    let gates = Dictionary(
      uniqueKeysWithValues: cells.compactMap { node, point in
        (model.graph.nodes[node].operation as? any RecurrentOperator).map { (point, $0.gates) }
      })
    var nodes: [Network.Node] = []
    for (place, point) in model.points.enumerated() {
      let shape = sampleShape(place), theory = theories[place].theory
      let parameters = point.parameters.map { GraphParameterDescription.tensor(model.graph.parameters[$0]) }
      // Where theory knows a point, what it reads is known exactly.
      let isKnown = if case .unknown = theory { false } else { true }
      let read: [Int?] = isKnown ? theories[place].sources : point.sources
      let sources: [Int?] = read.isEmpty ? [nil] : read
      // A matrix tells how many features it reads, in whatever shape the model has them.
      let features = isKnown && theory == .linear ? parameters.first.map { Shape.features($0.shape.fans.fanIn) } : nil
      let inputs = sources.map { $0.map { model.points[$0].name } ?? Network.inputName }
      let inputShapes = sources.map { features ?? $0.map(sampleShape) ?? shape }
      nodes.append(
        Network.Node(
          name: point.name,
          layer: GraphLayer(
            kind: point.kind, traits: point.traits, activation: point.nonlinearity, scope: point.scope,
            value: model.graph[point.activation].name, parameters: parameters, shape: shape,
            bringsWeights: model.holdsWeights, theory: theory,
            gates: gates[place] ?? point.gates.functions.map { CellGate($0) }),
          inputs: inputs, inputShapes: inputShapes, shape: shape, isDeclared: model.declaresInitializers))
    }
    let input =
      model.inputs.first.map {
        let shape = compiled.type(of: $0.value).shape
        return Self.sampleShape(Array(shape.extents.dropFirst()), channelsFirst: shape.rank > 3 && !model.hasChannelsLast)
      } ?? .features(1)
    network = Network(name: model.name, input: input, nodes: nodes)
  }

  /// Whether theory may know every measuring point, and the one input that the model reads.
  var isWithinTheory: Bool {
    let isKnown = network.nodes.allSatisfy { if case .unknown = $0.layer.theory { false } else { true } }
    guard isKnown, model.inputs.count == 1, model.graph.inputs.count == 1 else { return false }
    let type = compiled.type(of: model.inputs[0].value)
    return type.element == .float32 && type.shape.rank > 1 && type.shape[0] == model.batch
  }

  /// The recurrent operators whose states are a point's values, perhaps in another order.
  private static func cells(_ model: GraphModel) -> [Int: Int] {
    var cells: [Int: Int] = [:]
    for (place, point) in model.points.enumerated() where point.traits.isSuperset(of: [.recurs, .contracts]) {
      var value = point.preactivation
      while case .result(let node, _) = model.graph[value].source {
        let operation = model.graph.nodes[node].operation
        if operation is any RecurrentOperator {
          cells[node] = place
          break
        }
        guard operation.traits.contains(.permutes), let first = model.graph.nodes[node].inputs.first ?? nil else { break }
        value = first
      }
    }
    return cells
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
    let outputs = shape.rank == 0 ? 1 : max(1, shape[classAxis(labels)]), rows = shape.count / outputs
    let classes = backward == .crossEntropy ? outputs : 2
    guard backward == .crossEntropy || backward == .binaryCrossEntropy && outputs == 1 else {
      throw InputMismatch(
        message: "the array 'labels' gives classes, and --backward \(backward.rawValue) takes none",
        hint: "Choose --backward cross_entropy, or leave the array out")
    }
    guard labels.count == rows else {
      throw InputMismatch(
        message:
          "the array 'labels' has \(labels.count) labels, and the model's output (\(shape)) makes \(rows) predictions "
          + "of \(outputs) \(outputs == 1 ? "class" : "classes") each",
        hint: "Give one label for each prediction")
    }
    if let place = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw InputMismatch(
        message: "class \(place) of the array 'labels' is \(labels[place]), the model has \(classes) classes",
        hint: "Classes count from 0 to \(classes - 1)")
    }
  }

  /// The values that the model's file holds; zeros where it only declares initializers, from which every run then draws.
  ///
  /// - Throws: What reading the file throws, `OutOfMemory`.
  package func fileParameters() throws -> ParameterSet {
    let set = try ParameterSet(model.graph)
    if model.holdsWeights {
      try set.load(model.graph)
    } else {
      for place in model.graph.parameters.indices { set.values(place, of: model.graph).update(repeating: 0) }
    }
    return set
  }

  /// Whether the backward pass starts at one row of values, or at one value, per sample.
  package var startsAtClasses: Bool {
    let shape = outputShape
    return (1...2).contains(shape.rank) && shape[0] == model.batch
  }

  /// The axis of the output that holds the classes of one prediction: PyTorch's second where channels are there, as behind
  /// a convolution, else the last. Labels tell it where only the other fits their number.
  func classAxis(_ labels: [Int]?) -> Int {
    let shape = outputShape, last = max(0, shape.rank - 1)
    guard shape.rank > 2, shape.count > 0 else { return last }
    let traits = model.points.last.map(\.traits) ?? []
    let hasChannelsSecond =
      traits.contains(.channelsFirst) || shape.rank > 3 && !model.hasChannelsLast && !traits.contains(.featuresLast)
    let preferred = hasChannelsSecond ? 1 : last
    let fitting = [preferred, 1, last].filter { axis in labels.map { $0.count == shape.count / shape[axis] } ?? true }
    return fitting.first ?? preferred
  }

  /// Says which axis of the output a loss takes for classes; nil where there is no choice.
  func classNote(_ backward: BackwardSource, labels: [Int]?) -> String? {
    let shape = outputShape, axis = classAxis(labels)
    guard backward == .crossEntropy, shape.rank > 2 else { return nil }
    return "Cross entropy takes axis \(axis) of the output (\(shape)) for the \(shape[axis]) classes of each prediction."
  }

  /// The shape of the value at which the backward pass starts.
  package var outputShape: TensorShape { compiled.type(of: model.start).shape }

  /// Names of parameters with rows and columns that no initializer draws, because they are no weights of a product or
  /// convolution: tables of positions that are added, learned queries, factors of several axes.
  package var undrawn: [String] {
    model.graph.parameters.filter { parameter in
      return parameter.declared == nil && !parameter.isDrawn && parameter.shape.extents.count { $0 > 1 } > 1
    }.map(\.name)
  }

  /// Where each point has its units: as its operation says, else as the points have them that it reads, else images have
  /// channels first and everything else has features last.
  private static func channelsFirst(_ points: [MeasuringPoint], ranks: [Int]) -> [Bool] {
    var found: [Bool] = []
    for (place, point) in points.enumerated() {
      // Points come after those that they read.
      let source = point.sources.first { $0 < place && ranks[$0] == ranks[place] }
      found.append(
        point.traits.contains(.channelsFirst)
          || !point.traits.contains(.featuresLast) && (source.map { found[$0] } ?? (ranks[place] > 3)))
    }
    return found
  }

  /// Whether values are those of a recurrent operator: steps, directions, samples, features.
  private static func hasStepsFirst(_ point: MeasuringPoint, _ extents: [Int]) -> Bool {
    // A scan's values have no axis of directions.
    point.traits.isSuperset(of: [.recurs, .contracts]) && extents.count == 4
  }

  /// The layout of a point's values, which have the samples in front where `scattered` says that they are brought there.
  func layout(_ point: Int, _ shape: TensorShape, of value: ValueID) -> TensorLayout {
    var samples = shape.rank > 1 && shape[0] == model.batch ? model.batch : 1
    if let place = samplePlaces[value.index] {
      let isInFront = place.inner * place.count == shape.count
      samples = isInFront || scattered(point, shape, of: value) != nil ? place.count : 1
    } else if Self.hasStepsFirst(model.points[point], shape.extents) {
      // Steps in front are no samples, even where there are as many.
      samples = 1
    }
    return LayoutProbe.layout(shape, samples: samples, channelsFirst: hasChannelsFirst[point])
  }

  /// Where a point's samples lie, if not one after another; nil where they do, and where units are not the last axis.
  func scattered(_ point: Int, _ shape: TensorShape, of value: ValueID) -> SamplePlace? {
    guard !hasChannelsFirst[point], let place = samplePlaces[value.index], place.inner * place.count != shape.count,
      let units = shape.extents.last, place.inner % units == 0
    else { return nil }
    return place
  }

  /// The bytes of the largest value whose samples are brought together to be measured.
  var scatteredBytes: Int {
    observed.compactMap { value, points in
      let type = compiled.type(of: value)
      return points.first.flatMap { scattered($0.point, type.shape, of: value) } == nil ? nil : type.bytes
    }.max() ?? 0
  }

  /// Bytes of the gates of layers that are written out, which are put together to be measured.
  var gateBytes: Int { gates.keys.reduce(0) { $0 + compiled.type(of: $1).bytes } }

  /// The shape of one sample.
  private static func sampleShape(_ extents: [Int], channelsFirst: Bool) -> Shape {
    let extents = extents.map { max(1, $0) }
    switch extents.count {
    case 0: return .features(1)
    case 1: return .features(extents[0])
    case 2:
      return channelsFirst
        ? .image(channels: extents[0], height: 1, width: extents[1]) : .sequence(steps: extents[0], features: extents[1])
    case 3:
      return channelsFirst
        ? .image(channels: extents[0], height: extents[1], width: extents[2])
        : .image(channels: extents[2], height: extents[0], width: extents[1])
    default: return .features(extents.reduce(1, *))
    }
  }
}
