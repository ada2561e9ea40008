import NetworkGraph

/// A signal while a Keras model is taken over: the node that makes it, and its shape here.
struct KerasValue {
  /// The node, or the network's input.
  var node: String
  var shape: Shape
  /// The order of its values, where it is a vector.
  var order = FeatureOrder.same
  /// Zeros that a ZeroPadding layer has put before and behind each axis, which the next window takes over.
  var padding: [(before: Int, after: Int)]?
}

/// Takes the layers of a Keras model over, one after the other, into placements of our own layers.
struct KerasLowering {
  let version: KerasVersion
  /// Whether the model's images are channels x height x width, as ours.
  let hasChannelsFirst: Bool
  /// The number of layers that read each layer's result, the model's output counted.
  private let readers: [String: Int]

  private(set) var placements: [Network.Placement] = []
  private(set) var problems: [KerasGraph.Problem]
  private(set) var weights: [KerasWeight] = []
  private(set) var slopes: [KerasSlopes] = []
  private(set) var input: Shape?
  /// What was left out or understood otherwise.
  private(set) var notes = KerasNotes()
  /// What each layer of the Keras model became; no entry for one that could not be taken over.
  private var values: [String: KerasValue] = [:]
  private var names: Set<String> = [Network.inputName]
  /// The place of each node among the placements.
  private var places: [String: Int] = [:]

  init(_ graph: KerasGraph, version: KerasVersion) {
    self.version = version
    problems = []
    hasChannelsFirst = graph.layers.contains { $0.fields["data_format"]?.string == "channels_first" }
    var readers: [String: Int] = [:]
    for name in graph.layers.flatMap(\.inputs) + graph.outputs { readers[name, default: 0] += 1 }
    self.readers = readers
  }

  // MARK: Input

  /// Extents that a model leaves open get this value.
  static let openExtent = 32

  mutating func start(_ graph: KerasGraph) throws(KerasGraph.Refusal) {
    guard graph.inputs.count == 1, let own = graph.inputs.first else {
      throw KerasGraph.Refusal(
        message: "has \(graph.inputs.count) inputs (\(graph.inputs.prefix(8).map(\.name).joined(separator: ", ")))",
        hint: "A network has one; audit, check, describe and fix take the model as a graph of operators")
    }
    guard graph.outputs.count == 1 else {
      throw KerasGraph.Refusal(
        message: "has \(graph.outputs.count) outputs (\(graph.outputs.prefix(8).joined(separator: ", ")))",
        hint: "A network has one: keras.Model(model.inputs, model.outputs[0]) has the first, and audit, check, describe and "
          + "fix take the model as a graph of operators")
    }
    var extents: [Int] = []
    for extent in own.shape {
      if extent == nil { note(.openExtents, own.name) }
      extents.append(extent ?? Self.openExtent)
    }
    let first = graph.layers.filter { $0.inputs == [own.name] }
    let isOnlyReader = first.count == readers[own.name]
    // An image without channels that is made a vector or gets its channel at once.
    if extents.count == 2, isOnlyReader, first.allSatisfy({ ["Flatten", "Reshape"].contains($0.type) }) {
      extents = hasChannelsFirst ? [1] + extents : extents + [1]
    }
    // A reshape of the input itself: the data come in that shape.
    if first.count == 1, isOnlyReader, first[0].type == "Reshape", let target = try? first[0].fields.shape("target_shape") {
      let wanted = target.compactMap(\.self)
      var count = 1
      for extent in extents + wanted where !(1...Shape.largestExtent).contains(extent) || count > Shape.largestExtent {
        count = 0
      }
      for extent in extents where count > 0 && count <= Shape.largestExtent { count *= extent }
      if wanted.count == target.count, wanted.count > 1, count > 0, Self.product(wanted) == count { extents = wanted }
    }
    do {
      let shape = try self.shape(extents)
      input = shape
      values[own.name] = KerasValue(node: Network.inputName, shape: shape)
      if case .image = shape, !hasChannelsFirst { note(.channelsLast, own.name) }
    } catch {
      throw KerasGraph.Refusal(message: "the input '\(own.name)': \(error.message)", hint: error.hint)
    }
  }

  private static func product(_ extents: [Int]) -> Int? {
    var product = 1
    for extent in extents {
      guard extent > 0, extent <= Shape.largestExtent, product <= Shape.largestExtent else { return nil }
      product *= extent
    }
    return product
  }

  /// The shape here of extents as Keras has them, without the batch.
  func shape(_ extents: [Int]) throws(SpecificationError) -> Shape {
    guard extents.count == 3, !hasChannelsFirst else { return try Shape(dimensions: extents) }
    return try Shape(dimensions: [extents[2], extents[0], extents[1]])
  }

  // MARK: Layers

  /// Takes one layer over, or notes why it cannot be.
  mutating func append(_ layer: KerasLayer) {
    do {
      guard let convert = KerasLayers.converters[layer.type] else {
        throw KerasStop.problem(KerasLayers.reasons[layer.type] ?? "there is no such layer here")
      }
      guard layer.isOfKeras else {
        throw KerasStop.problem("it is \(layer.module.prefix(80)), a class of the model's own program")
      }
      guard layer.calls == 1 else {
        throw KerasStop.problem("is used at \(layer.calls) places; layers that share weights have no counterpart")
      }
      if layer.inputs.contains(where: KerasReference.isFurther) {
        throw KerasStop.problem("reads a second result of another layer")
      }
      if layer.operands.count > layer.inputs.count {
        throw KerasStop.problem("it is called with a constant operand, which has no counterpart")
      }
      try notes.noteTraining(layer)
      let value = try convert(&self, layer)
      values[layer.name] = value
    } catch let stop as KerasStop {
      if case .problem(let reason) = stop { problems.append(.init(layer: layer.title, reason: reason)) }
    } catch {}
  }

  /// The node whose activation is the layer's result; nil where the layer could not be taken over.
  func node(of layer: String) -> String? { values[layer]?.node }

  // MARK: What converters use

  /// The layer's only input.
  func input(of layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let all = try inputs(of: layer)
    guard all.count == 1 else { throw .problem("it takes one input, got \(all.count)") }
    return all[0]
  }

  /// All inputs of the layer, none of which has zeros around it that wait for a window.
  func inputs(of layer: KerasLayer, takesPadding: Bool = false) throws(KerasStop) -> [KerasValue] {
    var found: [KerasValue] = []
    for name in layer.inputs {
      guard let value = values[name] else { throw .unknownInput }
      guard takesPadding || value.padding == nil else {
        throw .problem("reads an image with zeros around it; zero padding is known here only before a convolution")
      }
      found.append(value)
    }
    guard !found.isEmpty else { throw .problem("it reads nothing") }
    return found
  }

  /// Lets a value stand for the result of a layer that is none of the model's.
  mutating func stand(_ value: KerasValue, for layer: String) { values[layer] = value }

  /// Whether the layer's only input goes nowhere else.
  func isOnlyReader(_ layer: KerasLayer) -> Bool { layer.inputs.count == 1 && readers[layer.inputs[0]] == 1 }

  /// Places a layer of ours and returns its signal.
  mutating func place(
    _ kind: String, _ fields: [String: String?], name: String, inputs: [KerasValue]
  ) throws(KerasStop) -> KerasValue {
    guard let entry = LayerCatalogue.entry(kind) else { throw .problem("there is no layer \(kind) here") }
    var unique = name
    while names.contains(unique) { unique += "_" }
    do {
      let layer = try entry.layer(from: LayerFields(fields.compactMapValues { $0 }))
      let shape = try layer.outputShape(from: inputs.map(\.shape))
      placements.append(Network.Placement(name: unique, layer: layer, inputs: inputs.map(\.node), isDeclared: true))
      names.insert(unique)
      places[unique] = placements.count - 1
      return KerasValue(node: unique, shape: shape)
    } catch {
      throw .problem(error.message)
    }
  }

  /// Applies an activation to the result of the layer that was just placed, where it has one that is not its own field.
  mutating func finish(_ value: KerasValue, _ activation: KerasActivation, name: String) throws(KerasStop) -> KerasValue {
    if case .foreign(let function) = activation { throw .problem("our own networks have no activation \(function.label)") }
    guard activation == .softmax else { return value }
    if value.order != .same || value.shape.dimensions.count == 3 {
      throw .problem("its softmax runs over an image's channels; only features and the steps of a sequence are known here")
    }
    return try place("softmax", [:], name: "\(name).softmax", inputs: [value])
  }

  /// Gives the node an activation, where its layer has none and can have one; false where it cannot.
  mutating func merge(_ activation: String, into node: String) -> Bool {
    guard let index = places[node], placements[index].layer.activation.isIdentity,
      let entry = LayerCatalogue.entry(placements[index].layer.kind),
      entry.fields.contains(where: { $0.name == "activation" })
    else { return false }
    var fields = placements[index].layer.fields
    fields.values["activation"] = activation
    guard let layer = try? entry.layer(from: fields) else { return false }
    placements[index].layer = layer
    return true
  }

  /// The activation of a node's layer.
  func activation(of node: String) -> String? {
    places[node].map { placements[$0].layer.activation.description }
  }

  mutating func note(_ remark: KerasRemark, _ layer: String) { notes.note(remark, layer) }

  /// Notes where a parameter's values are in a file of weights.
  mutating func weigh(
    _ node: KerasValue, _ parameter: String, _ layer: KerasLayer, _ source: String, _ title: String, shape: [Int],
    _ layout: KerasWeight.Layout, count: Int
  ) {
    weights.append(
      KerasWeight(
        target: "\(node.node)/\(parameter)", source: "\(layer.weightPath)/\(source)", layer: layer.name, shape: shape,
        count: count, title: title, layout: layout))
  }

  /// Notes where a file of weights has the slopes of a PReLU, which are one constant here.
  mutating func expectSlopes(of layer: KerasLayer, _ activation: String) {
    guard let value = Double(activation.drop { $0 != "=" }.dropFirst().dropLast()) else { return }
    slopes.append(KerasSlopes(source: "\(layer.weightPath)/vars/0", layer: layer.name, value: value))
  }

  /// Remembers which tensors declare one seed, for a remark.
  mutating func seed(_ initializer: KerasInitializer?, shape: [Int], of tensor: String) {
    notes.seed(initializer, shape: shape, of: tensor)
  }
}
