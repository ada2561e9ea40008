import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// How a recurrent layer is one of ONNX's operators.
  private struct Cell {
    /// ONNX's name.
    var kind: String
    /// For each gate of the operator its place among Keras's.
    var order: [Int]
    /// The operator's activation functions.
    var functions: [String]
    /// What the operator adds to each gate's bias, where Keras keeps it in the bias.
    var offsets: [Float]
    /// Vectors of bias: two where the recurrent product has its own.
    var biases = 1
    var attributes: [String: OperatorAttributes.Value] = [:]
    /// What Keras calls the cell.
    var name: String { kind == "RNN" ? "simple_rnn_cell" : "\(kind.lowercased())_cell" }
    /// States that the cell carries.
    var states: Int { kind == "LSTM" ? 2 : 1 }
  }

  /// `SimpleRNN`.
  static func simpleRNN(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try recurrent(&g, layer, isReversed: false)
  }

  /// `LSTM`.
  static func lstm(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try recurrent(&g, layer, isReversed: false)
  }

  /// `GRU`.
  static func gru(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try recurrent(&g, layer, isReversed: false)
  }

  private static func cell(_ g: KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> Cell {
    func function(_ key: String, _ standard: String) -> String { layer.fields[key]?.string ?? standard }
    let own = function("activation", "tanh"), gate = function("recurrent_activation", "sigmoid")
    switch layer.type {
    case "LSTM":
      let adds = try layer.fields.boolean("unit_forget_bias", default: true)
      // ONNX has the gates i, o, f, c, Keras i, f, c, o.
      return Cell(kind: "LSTM", order: [0, 3, 1, 2], functions: [gate, own, own], offsets: [0, 0, adds ? 1 : 0, 0])
    case "GRU":
      let isAfter = try layer.fields.boolean("reset_after", default: !g.version.isTwo)
      return Cell(
        kind: "GRU", order: [0, 1, 2], functions: [gate, own], offsets: [0, 0, 0], biases: isAfter ? 2 : 1,
        attributes: ["linear_before_reset": .integer(isAfter ? 1 : 0)])
    case "SimpleRNN": return Cell(kind: "RNN", order: [0], functions: [own], offsets: [0])
    default: throw .problem("only SimpleRNN, LSTM and GRU have counterparts")
    }
  }

  /// ONNX's names of the functions, with their numbers.
  private static func functions(
    _ names: [String], _ version: KerasVersion
  ) throws(KerasStop) -> [String: OperatorAttributes.Value] {
    let known = [
      "tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "linear": "Affine", "hard_sigmoid": "HardSigmoid",
      "softsign": "Softsign", "softplus": "Softplus", "elu": "Elu",
    ]
    var found: [String] = [], alphas: [Double] = [], betas: [Double] = []
    for name in names {
      guard let own = known[name] else { throw .problem("its cell's activation is \(name.prefix(80)), which is not known") }
      found.append(own)
      switch name {
      case "linear":
        alphas.append(1)
        betas.append(0)
      case "hard_sigmoid":
        alphas.append(version.isTwo ? 0.2 : 1.0 / 6)
        betas.append(0.5)
      case "elu": alphas.append(1)
      default: break
      }
    }
    return ["activations": .texts(found), "activation_alpha": .floats(alphas), "activation_beta": .floats(betas)]
  }

  /// One recurrent layer; its result, and its states where it returns them.
  ///
  /// - Parameter isReversed: Whether it reads its sequence from the end and gives results in the sequence's own order, as
  ///   the second layer of `Bidirectional` does.
  private static func recurrent(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, isReversed: Bool
  ) throws(KerasStop) -> [KerasSignal] {
    let units = try size(layer, "units"), cell = try cell(g, layer), config = layer.fields
    try config.require("stateful", false, because: "it keeps its state from batch to batch (stateful)")
    try config.require("time_major", false, because: "its sequences have steps first (time_major)")
    for key in ["dropout", "recurrent_dropout"] where try config.number(key) ?? 0 != 0 {
      g.notes.note(.recurrentDropout, layer.name)
    }
    try refuseArguments(layer, except: ["initial_state"])
    let inputs = try g.inputs(of: layer)
    guard inputs.count == 1 || inputs.count == 1 + cell.states else {
      throw .problem("it takes a sequence and \(cell.states == 1 ? "one state" : "two states"), got \(inputs.count) signals")
    }
    guard inputs[0].rank == 3 else { throw .problem("it takes a sequence, got a signal of \(inputs[0].rank - 1) axes") }
    let features = inputs[0].features, rows = cell.order.count * units
    try checkSize([rows, max(features, units)], "kernel")
    var parameters: [Int] = [], matrices: [ValueID] = []
    for (place, title, columns, key, standard) in [
      (0, "kernel", features, "kernel_initializer", "glorot_uniform"),
      (1, "recurrent_kernel", units, "recurrent_initializer", "orthogonal"),
    ] {
      let stored = [columns, rows]
      let declared = try kernel(&g, layer, key, stored: stored, standard: standard).specification
      let tensor = try g.parameter(
        layer,
        KerasTensor(
          source: "cell/vars/\(place)", title: title, part: cell.name, stored: stored,
          layout: .gates(inputs: columns, units: units, order: cell.order), extents: [rows, columns], role: .weight,
          weightShape: WeightShape(outputs: units, inputs: columns, copies: cell.order.count), use: .cell(biases: 1),
          initializer: declared))
      parameters.append(tensor.place)
      matrices.append(try g.emit("Unsqueeze", [tensor.value, g.integers([0])])[0])
    }
    let bias = try cellBias(&g, layer, cell, units: units, into: &parameters)
    var x = try g.plain(inputs[0])
    if !isReversed, try config.boolean("go_backwards", default: false) { x = try reversed(&g, x) }
    var attributes = cell.attributes.merging(try functions(cell.functions, g.version)) { $1 }
    attributes["hidden_size"] = .integer(units)
    attributes["layout"] = .integer(1)
    attributes["direction"] = .text(isReversed ? "reverse" : "forward")
    var operands: [ValueID?] = [x, matrices[0], matrices[1], bias, nil]
    for state in inputs.dropFirst() { operands.append(try g.emit("Unsqueeze", [g.plain(state), g.integers([1])])[0]) }
    let results = try g.emit(cell.kind, operands, attributes, results: 1 + cell.states)
    let sequence = try config.boolean("return_sequences", default: false)
    let last = try g.emit("Squeeze", [results[1], g.integers([1])])[0]
    let value = sequence ? try g.emit("Squeeze", [results[0], g.integers([2])])[0] : last
    let result = g.measured(
      g.signal(value, from: inputs), cell.kind.lowercased(), name: layer.name, parameters: parameters,
      traits: [.contracts, .recurs, .featuresLast], takesActivation: false)
    guard try config.boolean("return_state", default: false) else { return [result] }
    var all = [result, g.signal(last, from: [result])]
    if cell.states == 2 { all.append(g.signal(try g.emit("Squeeze", [results[2], g.integers([1])])[0], from: [result])) }
    return all
  }

  /// Both vectors of bias one behind the other, as the operator takes them; nil where the layer has none.
  private static func cellBias(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ cell: Cell, units: Int, into parameters: inout [Int]
  ) throws(KerasStop) -> ValueID? {
    guard try layer.fields.boolean("use_bias", default: true) else { return nil }
    let rows = cell.order.count * units
    if let initializer = try KerasInitializer(layer.fields["bias_initializer"], key: "bias_initializer"),
      initializer.scaling != nil
    {
      throw .problem("bias_initializer is \(initializer.specification), which needs a matrix")
    }
    let declared = try KerasLayers.vector(layer, "bias_initializer", count: rows) ?? "keras.zeros"
    var halves: [ValueID] = []
    for part in 0..<cell.biases {
      let tensor = try g.parameter(
        layer,
        KerasTensor(
          source: "cell/vars/2", title: part == 0 ? "bias" : "recurrent_bias", part: cell.name,
          stored: cell.biases == 2 ? [2, rows] : [rows],
          layout: .gateVector(start: part * rows, units: units, order: cell.order, offsets: cell.offsets), extents: [rows],
          role: .bias, initializer: declared), part: part)
      parameters.append(tensor.place)
      halves.append(tensor.value)
    }
    if cell.offsets.contains(where: { $0 != 0 }) {
      let offsets = try g.floats([rows]) { _ in cell.offsets.flatMap { Array(repeating: $0, count: units) } }
      halves[0] = try g.emit("Add", [halves[0], offsets])[0]
    }
    if halves.count == 1 { halves.append(try g.constant(0, [rows])) }
    let joined = try g.emit("Concat", halves, ["axis": .integer(0)])[0]
    return try g.emit("Unsqueeze", [joined, g.integers([0])])[0]
  }

  /// A sequence from its end.
  private static func reversed(_ g: inout KerasGraphBuilder, _ value: ValueID) throws(KerasStop) -> ValueID {
    try g.emit(
      "Slice", [value, g.integers([-1]), g.integers([-Int(Int32.max)]), g.integers([1]), g.integers([-1])])[0]
  }

  // MARK: Wrappers

  /// The layer within a wrapper, which reads the given signals.
  private static func inner(
    _ layer: KerasLayer, _ object: JSONValue?, _ path: String, name: String
  ) throws(KerasStop) -> KerasLayer {
    guard let object, let type = object["class_name"]?.string else { throw .problem("it wraps no layer") }
    var call = KerasCall(reading: layer.inputs)
    call.shares = layer.calls
    return KerasLayer(object, type: type, name: name, call: call, weightPath: "\(layer.weightPath)/\(path)")
  }

  /// `TimeDistributed`: a layer or model for each step, whose steps are samples to it.
  static func timeDistributed(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let object = layer.fields["layer"], input = try g.input(of: layer)
    guard input.rank > 2 else { throw .problem("it reads no sequence") }
    let samples = input.extents[0], steps = input.extents[1]
    let rows = try reshaped(&g, input, [-1] + Array(input.extents[2...]))
    let name = "\(layer.name) input"
    g[name] = rows
    var results: [KerasSignal]
    if let type = object?["class_name"]?.string, KerasGraph.isModel(type), let object {
      results = [try nested(&g, layer, object, reading: name)]
    } else {
      var alone = try inner(layer, object, "layer", name: layer.name)
      (alone.inputs, alone.inputNames, alone.operands) = ([name], [nil], [.tensor(name)])
      guard alone.isOfKeras, let convert = converter(alone) else {
        throw .problem("it applies \(alone.type.prefix(80)) to each step, which has no counterpart")
      }
      results = try convert(&g, alone)
    }
    for place in results.indices {
      let each = results[place]
      guard each.extents[0] == samples * steps else { throw .problem("its layer changes the number of samples") }
      results[place] = try reshaped(&g, each, [samples, steps] + Array(each.extents[1...]))
    }
    return results
  }

  /// The layers of a model within a wrapper.
  private static func nested(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ object: JSONValue, reading name: String
  ) throws(KerasStop) -> KerasSignal {
    let graph: KerasGraph
    do {
      graph = try KerasGraph(
        object, prefix: "\(layer.name).", weights: "\(layer.weightPath)/layer/layers", given: [name])
    } catch {
      throw .problem("the model that it applies to each step \(error.message)")
    }
    let before = g.problems.count
    for each in graph.layers { g.append(each) }
    // The layers' own problems are listed by themselves.
    guard g.problems.count == before else { throw .unknownInput }
    guard let output = graph.outputs.first, let signal = g[output] else { throw .unknownInput }
    return signal
  }

  /// `Bidirectional`: one recurrent layer reads the sequence as it is, one from its end, and the results become one.
  static func bidirectional(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    guard layer.inputs.count == 1 else { throw .problem("it takes one sequence, got \(layer.inputs.count) signals") }
    let object = layer.fields["layer"]
    // Keras writes the second layer out, and derives it from the first where it is missing.
    let objects = [object, layer.fields["backward_layer"] ?? object]
    var results: [[KerasSignal]] = []
    for (object, name) in zip(objects, ["forward", "backward"]) {
      var alone = try inner(layer, object, "\(name)_layer", name: "\(layer.name).\(name)")
      guard ["SimpleRNN", "LSTM", "GRU"].contains(alone.type) else {
        throw .problem("it wraps \(alone.type.prefix(80)); only SimpleRNN, LSTM and GRU have a counterpart")
      }
      alone.fields = alone.fields.without("go_backwards")
      results.append(try recurrent(&g, alone, isReversed: name == "backward"))
    }
    guard results[0].count == results[1].count, results[0][0].rank == results[1][0].rank else {
      throw .problem("its two layers return different things")
    }
    let ends = [results[0][0], results[1][0]], states = results[0].dropFirst() + results[1].dropFirst()
    let values = ends.map(\.value), value: ValueID
    switch try layer.fields.string("merge_mode") {
    case "concat": value = try g.emit("Concat", values, ["axis": .integer(-1)])[0]
    case "sum": value = try g.emit("Add", values)[0]
    case "mul": value = try g.emit("Mul", values)[0]
    case "ave": value = try g.emit("Mul", [g.emit("Add", values)[0], g.constant(0.5)])[0]
    case nil: return ends + states
    case let mode?: throw .problem("its merge_mode is \(mode.prefix(40)), which is not known")
    }
    return [g.signal(value, from: ends)] + states
  }
}
