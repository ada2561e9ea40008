import NetworkGraph
import OperatorKernels

/// Lowers the layers of a Keras model, one after the other, to a graph of operators with measuring points.
///
/// Signals keep Keras's own layout, so that axes mean what they mean in Keras; operators of convolution get a transposed
/// copy.
struct KerasGraphBuilder {
  let version: KerasVersion
  let options: KerasGraphModel.Options
  /// The number of layers that read each result, the model's outputs counted.
  private let readers: [String: Int]
  /// The places of the layers that read each result.
  private let readerPlaces: [String: [Int]]
  /// Results that the model returns.
  private let outputs: Set<String>
  /// Whether the model's images have their channels first.
  private let hasChannelsFirst: Bool

  private(set) var values: [Graph.Value] = []
  private(set) var types: [ValueType] = []
  private(set) var nodes: [Graph.Node] = []
  private(set) var parameters: [GraphParameter] = []
  private(set) var inputs: [GraphModel.Input] = []
  var points: [MeasuringPoint] = []
  private(set) var problems: [KerasGraph.Problem] = []
  /// Where a file of weights has each parameter, in the order of the parameters.
  private(set) var weights: [KerasWeight] = []
  /// Moving moments that a file may have, and the constants that stand for them.
  private(set) var moments: [(weight: KerasWeight, value: ValueID)] = []
  var notes = KerasNotes()

  private var signals: [String: KerasSignal] = [:]
  /// Parameters by their place in a file of weights: layers that are called twice have them once.
  private var known: [String: (value: ValueID, place: Int)] = [:]
  private var copies: [ValueID: ValueID] = [:]
  private var names: [String: Int] = [:]
  private var parameterNames: Set<String> = []
  /// Modules around the layer that is being lowered.
  private var scope: [String] = []

  /// The version of ONNX's operators that the graph follows.
  private static let operatorSet = 23
  /// The most elements of a constant that the graph itself makes.
  private static let largestConstant = 1 << 24
  /// The most elements of one sample of an input, as for networks of our own layers.
  private static let largestSample = Shape.largestExtent

  init(_ graph: KerasGraph, version: KerasVersion, options: KerasGraphModel.Options) {
    self.version = version
    self.options = options
    var readers: [String: Int] = [:]
    for name in graph.layers.flatMap(\.inputs) + graph.outputs { readers[name, default: 0] += 1 }
    self.readers = readers
    var places: [String: [Int]] = [:]
    for (place, layer) in graph.layers.enumerated() {
      for name in layer.inputs { places[name, default: []].append(place) }
    }
    readerPlaces = places
    outputs = Set(graph.outputs)
    hasChannelsFirst = graph.layers.contains { $0.fields["data_format"]?.string == "channels_first" }
  }

  // MARK: Inputs and layers

  /// Adds an input; one that only embeddings read holds ids.
  mutating func start(_ input: KerasInput, in graph: KerasGraph) throws(KerasGraph.Refusal) {
    let given = options.shapes[input.name]
    if let given, given.count != input.shape.count + 1 {
      throw KerasGraph.Refusal(
        message:
          "the input '\(input.name)' has \(input.shape.count) axes without that of the samples, and the array given for "
          + "it \(max(0, given.count - 1))", hint: "Save an array of samples x \(Self.text(input.shape))")
    }
    var extents: [Int] = []
    for (axis, extent) in input.shape.enumerated() {
      if extent == nil, given == nil { notes.note(.openExtents, input.name) }
      extents.append(extent ?? given?[axis + 1] ?? KerasLowering.openExtent)
    }
    let batch = given?[0] ?? options.batch
    var product = 1
    for extent in [batch] + extents {
      guard (1...Self.largestSample).contains(extent), product <= TensorShape.largestCount / extent else {
        throw KerasGraph.Refusal(
          message: "the input '\(input.name)' has the shape \(extents.map { "\($0)" }.joined(separator: " x "))",
          hint: "Every extent must be at least 1, and a sample have at most \(Self.largestSample) values")
      }
      product *= extent
    }
    let isText = readsTokens(input.name, in: graph)
    guard let shape = try? TensorShape([batch] + extents) else { return }
    let value = add(input.name, .input(ValueType(isText == nil ? .float32 : .int64, shape)), type: nil)
    inputs.append(
      GraphModel.Input(name: input.name, value: value, draw: isText.map { .identifiers(below: $0) } ?? .normal))
    signals[input.name] = KerasSignal(value: value, extents: shape.extents)
  }

  /// The smallest vocabulary of the embeddings that read an input, directly or in another shape; nil where anything else
  /// reads it.
  private func readsTokens(_ input: String, in graph: KerasGraph) -> Int? {
    var front = [input], sizes: [Int] = [], seen: Set<String> = []
    let passing: Set<String> = ["Reshape", "Flatten", "Permute", "Masking", "Identity", "Dropout"]
    while let name = front.popLast() {
      guard seen.insert(name).inserted else { continue }
      for layer in (readerPlaces[name] ?? []).map({ graph.layers[$0] }) {
        if layer.type == "Embedding" {
          sizes.append((try? layer.fields.integer("input_dim")) ?? 1)
        } else if passing.contains(layer.type) {
          front.append(layer.name)
        } else {
          return nil
        }
      }
    }
    return sizes.min().map { max(1, $0) }
  }

  /// Lowers one layer, or notes why it cannot be.
  mutating func append(_ layer: KerasLayer) {
    do {
      guard layer.isOfKeras else {
        throw KerasStop.problem("it is \(layer.module.prefix(80)), a class of the model's own program")
      }
      guard let convert = KerasOperators.converter(layer) else {
        throw KerasStop.problem(KerasLayers.reasons[layer.type] ?? "there is no such layer here")
      }
      try notes.noteTraining(layer)
      scope = layer.name.split(separator: ".").map(String.init)
      for (place, signal) in try convert(&self, layer).enumerated() {
        signals[KerasReference.result(place, of: layer.name)] = signal
      }
    } catch let stop as KerasStop {
      if case .problem(let reason) = stop { problems.append(.init(layer: layer.title, reason: reason)) }
    } catch {}
  }

  /// The signal that a layer reads or the model returns; nil where what makes it could not be lowered.
  subscript(name: String) -> KerasSignal? {
    get { signals[name] }
    set { signals[name] = newValue }
  }

  // MARK: What converters use

  /// All inputs of the layer.
  func inputs(of layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    var found: [KerasSignal] = []
    for name in layer.inputs {
      guard let signal = signals[name] else { throw .unknownInput }
      found.append(signal)
    }
    guard !found.isEmpty else { throw .problem("it reads nothing") }
    return found
  }

  /// The layer's only input.
  func input(of layer: KerasLayer) throws(KerasStop) -> KerasSignal {
    let all = try inputs(of: layer)
    guard all.count == 1 else { throw .problem("it takes one input, got \(all.count)") }
    return all[0]
  }

  /// Whether the layer's only input goes nowhere else.
  func isOnlyReader(_ layer: KerasLayer) -> Bool { layer.inputs.count == 1 && readers[layer.inputs[0]] == 1 }

  /// Whether an array is given for some input, rather than all drawn.
  var hasGivenInputs: Bool { !options.shapes.isEmpty }

  func type(_ value: ValueID) -> ValueType { types[value.index] }

  private mutating func add(_ name: String, _ source: Graph.Source, type: ValueType?) -> ValueID {
    let id = ValueID(values.count)
    values.append(Graph.Value(name: name, source: source))
    switch source {
    case .input(let own): types.append(own)
    case .constant(let constant): types.append(constant.type)
    case .parameter(let place): types.append(ValueType(.float32, parameters[place].shape))
    case .result: types.append(type ?? ValueType(.float32, TensorShape()))
    }
    return id
  }

  /// Adds an operator of the catalogue; its results.
  @discardableResult mutating func emit(
    _ name: String, _ inputs: [ValueID?], _ attributes: [String: OperatorAttributes.Value] = [:], results: Int = 1
  ) throws(KerasStop) -> [ValueID] {
    guard let entry = OperatorCatalogue[name] else { throw .problem("the operator \(name) cannot be executed") }
    let kernel: any OperatorKernel
    do {
      kernel = try entry.make(
        OperatorAttributes(
          version: Self.operatorSet, values: attributes, outputCount: results, givesInput: inputs.map { $0 != nil }))
    } catch {
      throw .problem(error.message)
    }
    return try emit(kernel, inputs, results: results)
  }

  /// Adds an operator; its results.
  @discardableResult mutating func emit(
    _ kernel: any OperatorKernel, _ inputs: [ValueID?], results count: Int = 1
  ) throws(KerasStop) -> [ValueID] {
    let facts = inputs.map { input in
      input.map { id in
        if case .constant(let constant) = values[id.index].source {
          ValueFacts(constant.type, constant: constant)
        } else {
          ValueFacts(types[id.index])
        }
      }
    }
    let results: [ValueType]
    do {
      results = try kernel.specialized(to: facts).results(of: facts)
    } catch {
      throw .problem(error.message)
    }
    guard results.count >= count else { throw .problem("\(kernel.kind) gives \(results.count) results") }
    let name = scope.joined(separator: "."), place = nodes.count
    let outputs = (0..<count).map {
      add("\(name)/\(kernel.kind)_\(place)" + ($0 > 0 ? ":\($0)" : ""), .result(node: place, slot: $0), type: results[$0])
    }
    nodes.append(
      Graph.Node(
        name: "\(name)/\(kernel.kind)_\(place)", operation: kernel, inputs: inputs, outputs: outputs,
        scope: Array(scope.dropLast())))
    return outputs
  }

  /// A list of whole numbers that an operator reads: a shape, axes, ends.
  mutating func integers(_ numbers: [Int]) throws(KerasStop) -> ValueID {
    guard let shape = try? TensorShape([numbers.count]) else { throw .problem("its sizes are no sizes") }
    return add("integers", .constant(TensorConstant(shape, .int64(numbers.map { Int64($0) }))), type: nil)
  }

  /// A tensor of one value everywhere.
  mutating func constant(_ value: Float, _ extents: [Int] = []) throws(KerasStop) -> ValueID {
    try floats(extents) { Array(repeating: value, count: $0) }
  }

  /// A tensor that a function fills.
  mutating func floats(_ extents: [Int], _ fill: (_ count: Int) -> [Float]) throws(KerasStop) -> ValueID {
    guard let shape = try? TensorShape(extents), shape.count <= Self.largestConstant else {
      throw .problem("it needs a table of \(extents.map { "\($0)" }.joined(separator: " x ")) values, which is too large")
    }
    return add("constant", .constant(TensorConstant(shape, .float32(fill(shape.count)))), type: nil)
  }

  // MARK: Layouts

  /// The value in Keras's own layout.
  mutating func plain(_ signal: KerasSignal) throws(KerasStop) -> ValueID {
    guard signal.isMoved else { return signal.value }
    return try transposed(signal.value, [0] + Array(2..<signal.rank) + [1])
  }

  /// The value with Keras's last axis as its second.
  mutating func moved(_ signal: KerasSignal) throws(KerasStop) -> ValueID {
    guard !signal.isMoved, signal.rank > 2 else { return signal.value }
    return try transposed(signal.value, [0, signal.rank - 1] + Array(1..<signal.rank - 1))
  }

  /// Every value is turned around once, whoever asks for it.
  private mutating func transposed(_ value: ValueID, _ order: [Int]) throws(KerasStop) -> ValueID {
    if let copy = copies[value] { return copy }
    let copy = try emit("Transpose", [value], ["perm": .integers(order)])[0]
    copies[value] = copy
    copies[copy] = value
    return copy
  }

  /// The value with its channels as its second axis: as it is where the layer has them so.
  mutating func channelsSecond(_ signal: KerasSignal, _ layer: KerasLayer) throws(KerasStop) -> ValueID {
    try KerasOperators.hasChannelsFirst(layer) ? plain(signal) : moved(signal)
  }

  /// The signal that a value with its channels as its second axis is.
  mutating func signal(_ value: ValueID, of layer: KerasLayer, from inputs: [KerasSignal]) throws(KerasStop) -> KerasSignal {
    let extents = types[value.index].shape.extents
    let sources = inputs.reduce(into: Set<Int>()) { $0.formUnion($1.sources) }
    guard try !KerasOperators.hasChannelsFirst(layer), extents.count > 2 else {
      return KerasSignal(value: value, extents: extents, sources: sources)
    }
    return KerasSignal(
      value: value, isMoved: true, extents: [extents[0]] + Array(extents[2...]) + [extents[1]], sources: sources)
  }

  /// The signal that a value in Keras's layout is. Mutating, so that a value which the call's argument adds is known to it.
  mutating func signal(_ value: ValueID, from inputs: [KerasSignal]) -> KerasSignal {
    KerasSignal(
      value: value, extents: types[value.index].shape.extents,
      sources: inputs.reduce(into: Set<Int>()) { $0.formUnion($1.sources) })
  }

  // MARK: Parameters

  /// A trainable tensor, in the graph's layout.
  ///
  /// - Parameters:
  ///   - layer: The layer that has it.
  ///   - tensor: What it is.
  ///   - part: Tells parts of one array apart.
  /// - Returns: Its value and its place among the graph's parameters.
  mutating func parameter(_ layer: KerasLayer, _ tensor: KerasTensor, part: Int = 0) throws(KerasStop) -> (
    value: ValueID, place: Int
  ) {
    let source = "\(layer.weightPath)/\(tensor.source)", key = "\(source)|\(part)"
    guard let shape = try? TensorShape(tensor.extents), shape.count > 0 else {
      throw .problem("its \(tensor.title) would have \(tensor.extents.map { "\($0)" }.joined(separator: " x ")) values")
    }
    if let known = known[key] {
      guard parameters[known.place].shape == shape else {
        throw .problem("it is called with signals of different sizes, which its \(tensor.title) does not fit")
      }
      return known
    }
    var name = "\(layer.name)/" + (tensor.part.map { "\($0)/" } ?? "") + tensor.title.replacing(" ", with: "/")
    while !parameterNames.insert(name).inserted { name += "_" }
    // Values are put in by `KerasGraphModel.filled` once they are read.
    var parameter = GraphParameter(name: name, shape: shape) { $0.update(repeating: 0) }
    parameter.role = tensor.role
    parameter.weightShape = tensor.weightShape
    parameter.isTransposed = tensor.isTransposed
    parameter.use = tensor.use
    do {
      parameter.declared =
        try tensor.role == .weight ? Initializer(parsing: tensor.initializer) : Initializer(parsingBias: tensor.initializer)
    } catch {
      throw .problem("its \(tensor.title): \(error.message)")
    }
    parameters.append(parameter)
    weights.append(
      KerasWeight(
        target: name, source: source, layer: layer.name, shape: tensor.stored, count: shape.count, title: tensor.title,
        layout: tensor.layout))
    let found = (value: add(name, .parameter(parameters.count - 1), type: nil), place: parameters.count - 1)
    known[key] = found
    return found
  }

  /// Moving moments of a normalization: as a new model has them until a file is read.
  mutating func moment(_ layer: KerasLayer, _ source: String, _ title: String, count: Int, start: Float) throws(KerasStop)
    -> ValueID
  {
    let value = try constant(start, [count])
    moments.append(
      (
        KerasWeight(
          target: "\(layer.name)/\(title)", source: "\(layer.weightPath)/\(source)", layer: layer.name, shape: [count],
          count: count, title: title, layout: .vector(.same)), value
      ))
    return value
  }

  // MARK: Measuring points

  /// Adds a measuring point for a signal; the signal as that point's result.
  mutating func measured(
    _ signal: KerasSignal, _ kind: String, name: String, parameters: [Int] = [], traits: OperatorTraits,
    takesActivation: Bool = true
  ) -> KerasSignal {
    var traits = traits
    if !traits.contains(.channelsFirst), !traits.contains(.featuresLast) {
      traits.insert(signal.isMoved || hasChannelsFirst && signal.rank > 3 ? .channelsFirst : .featuresLast)
    }
    var signal = signal
    points.append(
      MeasuringPoint(
        name: unique(name), kind: kind, scope: name.split(separator: ".").dropLast().map(String.init),
        preactivation: signal.value, activation: signal.value, parameters: parameters, traits: traits,
        sources: signal.sources.sorted()))
    signal.sources = [points.count - 1]
    signal.point = takesActivation ? points.count - 1 : nil
    return signal
  }

  private mutating func unique(_ name: String) -> String {
    names[name, default: 0] += 1
    guard let count = names[name], count > 1 else { return name }
    return unique("\(name)#\(count)")
  }

  /// Whether the model returns the layer's result.
  func isOutput(_ layer: KerasLayer) -> Bool { outputs.contains(layer.name) }

  /// The same signal in Keras's layout, its measuring point included, where the model returns it: arrays that are given for
  /// the output have that layout.
  mutating func settled(_ signal: KerasSignal, _ layer: KerasLayer) throws(KerasStop) -> KerasSignal {
    guard signal.isMoved, isOutput(layer), let point = signal.point, points[point].activation == signal.value else {
      return signal
    }
    var settled = signal
    (settled.value, settled.isMoved) = (try plain(signal), false)
    points[point].preactivation = settled.value
    points[point].activation = settled.value
    points[point].traits.remove(.channelsFirst)
    points[point].traits.insert(.featuresLast)
    return settled
  }

  /// Applies a function to a signal, as part of the measuring point whose result the signal is, or as a point of its own.
  mutating func activated(
    _ signal: KerasSignal, _ function: Activation, _ kernel: any OperatorKernel, with further: [ValueID] = [],
    parameters: [Int] = [], layer: KerasLayer, joins: Bool
  ) throws(KerasStop) -> KerasSignal {
    var before = try settled(signal, layer)
    if !joins || before.point == nil {
      before = measured(before, kernel.kind.lowercased(), name: layer.name, traits: [.activates])
    }
    var result = before
    result.value = try emit(kernel, [before.value] + further)[0]
    if let point = before.point {
      points[point].activation = result.value
      points[point].nonlinearity = function
      points[point].parameters += parameters
    }
    result.point = nil
    return result
  }

  static func text(_ extents: [Int?]) -> String {
    extents.map { $0.map { "\($0)" } ?? "any" }.joined(separator: " x ")
  }
}

/// What a trainable tensor of a layer is, in the file and in the graph.
struct KerasTensor {
  /// The place of the array within the layer: `vars/0`.
  var source: String
  /// What Keras calls it.
  var title: String
  /// The part of the layer that has it, in the name that Keras gives the tensor: `lstm_cell`.
  var part: String?
  /// The extents in the file.
  var stored: [Int]
  var layout: KerasWeight.Layout
  /// The extents in the graph.
  var extents: [Int]
  var role: ParameterTensor.Role
  /// Rows and columns of weights.
  var weightShape: WeightShape?
  /// Whether rows are columns of the matrix as the graph has it.
  var isTransposed = false
  var use: ParameterTensor.Use?
  /// The initializer that is declared, as a specification.
  var initializer: String

  /// A vector with one value for each unit.
  static func vector(
    _ source: String, _ title: String, count: Int, role: ParameterTensor.Role, _ initializer: String
  ) -> KerasTensor {
    KerasTensor(
      source: source, title: title, stored: [count], layout: .vector(.same), extents: [count], role: role,
      initializer: initializer)
  }
}
