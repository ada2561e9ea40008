import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// Functions without a counterpart among our activations, as operators.
  private static let plain = ["log_softmax": "LogSoftmax"]

  /// Applies the layer's own activation to its result.
  static func finish(
    _ g: inout KerasGraphBuilder, _ signal: KerasSignal, _ layer: KerasLayer
  ) throws(KerasStop) -> KerasSignal {
    if let name = layer.fields["activation"]?.string, let kind = plain[name] {
      return try applied(&g, kind, g.settled(signal, layer), name: "\(layer.name).\(name)")
    }
    let function = try KerasActivation(layer.fields["activation"], version: g.version)
    return try apply(&g, function, to: signal, layer, joins: true)
  }

  /// `Activation` and layers that are one; operations of the same names.
  static func activation(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    if let name = layer.fields["activation"]?.string, let kind = plain[name] {
      return [try applied(&g, kind, g.input(of: layer), name: layer.name)]
    }
    guard let function = try KerasActivation.ofLayer(layer.type, softmaxFree(layer), version: g.version) else {
      throw .problem("there is no such layer here")
    }
    let input = try g.input(of: layer)
    return [try apply(&g, function, to: input, layer, joins: g.isOnlyReader(layer))]
  }

  /// The fields without the axis of a softmax, which this path takes along any.
  private static func softmaxFree(_ layer: KerasLayer) -> KerasFields {
    layer.type == "Softmax" ? layer.fields.without("axis") : layer.fields
  }

  private static func apply(
    _ g: inout KerasGraphBuilder, _ activation: KerasActivation, to signal: KerasSignal, _ layer: KerasLayer, joins: Bool
  ) throws(KerasStop) -> KerasSignal {
    switch activation {
    case .none: return try g.settled(signal, layer)
    case .function(let text):
      let function: Activation
      do {
        function = try Activation(parsing: text)
      } catch {
        throw .problem(error.message)
      }
      return try g.activated(
        signal, function, ActivationOperator(function, kind: function.entry.name), layer: layer, joins: joins)
    case .foreign(let function):
      return try g.activated(
        signal, function, ActivationOperator(function, kind: function.label), layer: layer, joins: joins)
    case .softmax:
      let axis = layer.type == "Softmax" ? try layer.fields.integer("axis") ?? -1 : -1
      let value = try g.emit("Softmax", [g.plain(signal)], ["axis": .integer(axis)])[0]
      let isOwn = layer.type == "Softmax" || layer.type == "Activation"
      return g.measured(
        g.signal(value, from: [signal]), "softmax", name: isOwn ? layer.name : "\(layer.name).softmax",
        traits: [.producesProbabilities, .featuresLast], takesActivation: false)
    }
  }

  /// A function of single values or rows that is no activation of ours, with a point of its own.
  static func applied(
    _ g: inout KerasGraphBuilder, _ kind: String, _ signal: KerasSignal, name: String
  ) throws(KerasStop) -> KerasSignal {
    let value = try g.emit(kind, [g.plain(signal)])[0]
    return g.measured(
      g.signal(value, from: [signal]), kind.lowercased(), name: name, traits: [.activates, .featuresLast],
      takesActivation: false)
  }

  /// `PReLU`, whose slopes are trained.
  static func slopes(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let input = try g.input(of: layer)
    var extents = Array(input.extents.dropFirst())
    for axis in layer.fields["shared_axes"]?.array ?? [] {
      guard let axis = axis.integer, (1...extents.count).contains(axis) else {
        throw .problem("shared_axes is no list of its input's axes")
      }
      extents[axis - 1] = 1
    }
    try checkSize(extents, "alpha")
    let count = extents.reduce(1, *)
    let declared = try KerasLayers.vector(layer, "alpha_initializer", count: count) ?? "keras.zeros"
    let alpha = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "alpha", stored: extents, layout: .vector(.same), extents: extents, role: .gain,
        initializer: declared))
    // The slope that all start from, where it is one.
    let same = try? KerasActivation.ofLayer("PReLU", layer.fields, version: g.version)
    let start = if case .function(let text)? = same { try? Activation(parsing: text) } else { Activation?.none }
    // Slopes are turned around as their signal is.
    let order = [extents.count - 1] + Array(0..<extents.count - 1)
    let slopes = input.isMoved ? try g.emit("Transpose", [alpha.value], ["perm": .integers(order)])[0] : alpha.value
    return [
      try g.activated(
        input, start ?? .identity, slopesKernel(), with: [slopes], parameters: [alpha.place], layer: layer,
        joins: g.isOnlyReader(layer) && !g.isOutput(layer))
    ]
  }

  private static func slopesKernel() throws(KerasStop) -> any OperatorKernel {
    do {
      guard let entry = OperatorCatalogue["PRelu"] else { throw KerasStop.problem("PRelu cannot be executed") }
      return try entry.make(OperatorAttributes(version: 16))
    } catch {
      throw .problem("PRelu cannot be executed")
    }
  }
}
