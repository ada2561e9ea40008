import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// Refuses what an attention is asked to return or mask beyond its result.
  ///
  /// - Returns: Whether no step sees later ones.
  private static func checkAttention(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> Bool {
    let isAsked = layer.arguments["return_attention_scores"]?.boolean ?? false
    guard !isAsked else { throw .problem("its scores are read, too (return_attention_scores)") }
    try refuseArguments(layer, except: ["use_causal_mask", "return_attention_scores"])
    if try layer.fields.number("dropout") ?? 0 != 0 { g.notes.note(.attentionDropout, layer.name) }
    return layer.arguments["use_causal_mask"]?.boolean ?? false
  }

  /// `MultiHeadAttention` and `GroupedQueryAttention`, of a signal to itself or to another.
  static func multiHeadAttention(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let isGrouped = layer.type != "MultiHeadAttention"
    let heads = try size(layer, isGrouped ? "num_query_heads" : "num_heads")
    let shared = try isGrouped ? size(layer, "num_key_value_heads") : heads
    let keySize = try size(layer, isGrouped ? "head_dim" : "key_dim")
    guard heads % shared == 0 else { throw .problem("\(heads) heads of queries do not share \(shared) of keys and values") }
    let valueSize = try layer.fields["value_dim"] == nil ? keySize : size(layer, "value_dim")
    if layer.fields["sliding_window"] != nil { throw .problem("it attends to near steps alone (sliding_window)") }
    try layer.fields.require("use_gate", false, because: "its result is gated (use_gate)")
    let isCausal = try checkAttention(&g, layer)
    // By position: query, value, key.
    let all = try g.inputs(of: layer), order = ["query", "value", "key"]
    var parts: [String: KerasSignal] = [:]
    for (place, (signal, name)) in zip(all, layer.inputNames).enumerated() {
      guard let part = name ?? (place < 3 ? order[place] : nil), order.contains(part) else {
        throw .problem("it is called with more than query, value and key")
      }
      parts[part] = signal
    }
    guard let query = parts["query"], let value = parts["value"] else { throw .problem("it needs a query and a value") }
    let key = parts["key"] ?? value
    guard [query, key, value].allSatisfy({ $0.rank == 3 }) else {
      throw .problem("it attends along other axes than the steps of a sequence")
    }
    let hasBias = try layer.fields.boolean("use_bias", default: true)
    let initializer = try kernel(&g, layer, stored: [query.features, heads, keySize])
    let biasInitializer = try KerasInitializer(layer.fields["bias_initializer"], key: "bias_initializer")
    if let biasInitializer, biasInitializer.scaling != nil {
      throw .problem("bias_initializer is \(biasInitializer.specification), which needs a matrix")
    }
    let biasText = try biasInitializer?.ofVector(1, key: "bias_initializer") ?? "keras.zeros"
    func projected(
      _ g: inout KerasGraphBuilder, _ x: ValueID, from inputs: [KerasSignal], _ part: String, name: String,
      inputs count: Int,
      outputs: Int, stored: [Int], biasStored: [Int], use: ParameterTensor.Use
    ) throws(KerasStop) -> KerasSignal {
      let title = part == "output" ? "attention_output" : part
      // Grouped attention keeps its parts under names that begin with a line.
      let place = (isGrouped ? "_" : "") + "\(part)_dense"
      try checkSize([count, outputs], "\(title) kernel")
      let matrix = try g.parameter(
        layer,
        KerasTensor(
          source: "\(place)/vars/0", title: "\(title) kernel", stored: stored, layout: .vector(.same),
          extents: [count, outputs], role: .weight, weightShape: WeightShape(outputs: outputs, inputs: count),
          isTransposed: true, use: use, initializer: initializer.ofAttention(g.version)))
      var bias: (value: ValueID, place: Int)?
      if hasBias {
        bias = try g.parameter(
          layer,
          KerasTensor(
            source: "\(place)/vars/1", title: "\(title) bias", stored: biasStored, layout: .vector(.same),
            extents: [outputs], role: .bias, initializer: biasText))
      }
      let value = try product(&g, x, matrix.value, bias?.value)
      return g.measured(
        g.signal(value, from: inputs), "linear", name: name, parameters: [matrix.place] + (bias.map { [$0.place] } ?? []),
        traits: [.contracts, .rowPerUnit, .featuresLast], takesActivation: false)
    }
    var projections: [KerasSignal] = []
    for (number, (part, signal, heads, size)) in [
      ("query", query, heads, keySize), ("key", key, shared, keySize), ("value", value, shared, valueSize),
    ].enumerated() {
      projections.append(
        try projected(
          &g, g.plain(signal), from: [signal], part, name: "\(layer.name).\(part)", inputs: signal.features,
          outputs: heads * size, stored: [signal.features, heads, size], biasStored: [heads, size],
          use: .projection(part: number, heads: heads)))
    }
    let mixed = try g.emit(
      "Attention", projections.map(\.value),
      [
        "q_num_heads": .integer(heads), "kv_num_heads": .integer(shared), "is_causal": .integer(isCausal ? 1 : 0),
        "scale": .float(1 / Double(keySize).squareRoot()),
      ])[0]
    let attention = g.measured(
      g.signal(mixed, from: projections), "attention", name: "\(layer.name).attention", traits: [.attends, .featuresLast],
      takesActivation: false)
    let declared = layer.fields["output_shape"], list = declared?.array
    guard list == nil || list?.count == 1 else { throw .problem("its result has several axes of features (output_shape)") }
    let outputs = declared?.integer ?? list?[0].integer ?? query.features
    guard (1...(1 << 20)).contains(outputs) else { throw .problem("output_shape is no size") }
    return [
      try projected(
        &g, attention.value, from: [attention], "output", name: layer.name, inputs: heads * valueSize, outputs: outputs,
        stored: [heads, valueSize, outputs], biasStored: [outputs], use: .attentionOutput(heads: heads))
    ]
  }

  /// Query, value and key of a layer that takes a list of them.
  private static func attended(
    _ g: KerasGraphBuilder, _ layer: KerasLayer
  ) throws(KerasStop) -> (query: KerasSignal, value: KerasSignal, key: KerasSignal) {
    let all = try g.inputs(of: layer)
    guard (2...3).contains(all.count), all.allSatisfy({ $0.rank == 3 }) else {
      throw .problem("it takes sequences: a query, a value and perhaps a key")
    }
    return (all[0], all[1], all.count > 2 ? all[2] : all[1])
  }

  /// Values mixed by the softmax of scores.
  private static func mixed(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ scores: ValueID, _ value: KerasSignal, isCausal: Bool,
    from inputs: [KerasSignal], parameters: [Int]
  ) throws(KerasStop) -> KerasSignal {
    var scores = scores
    if isCausal {
      let extents = g.type(scores).shape.extents, steps = extents[1], keys = extents[2]
      let mask = try g.floats([steps, keys]) { _ in
        (0..<steps).flatMap { step in (0..<keys).map { $0 > step ? -1e9 : 0 } }
      }
      scores = try g.emit("Add", [scores, mask])[0]
    }
    let weights = try g.emit("Softmax", [scores], ["axis": .integer(-1)])[0]
    let result = try g.emit("MatMul", [weights, g.plain(value)])[0]
    return g.measured(
      g.signal(result, from: inputs), "attention", name: layer.name, parameters: parameters,
      traits: [.attends, .featuresLast], takesActivation: false)
  }

  /// `Attention`: scores are products of queries and keys.
  static func dotAttention(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let mode = try layer.fields.string("score_mode") ?? "dot"
    guard mode == "dot" else { throw .problem("its score_mode is \(mode.prefix(40)); only dot is known") }
    let isCausal = try checkAttention(&g, layer), (query, value, key) = try attended(g, layer)
    let turned = try g.emit("Transpose", [g.plain(key)], ["perm": .integers([0, 2, 1])])[0]
    var scores = try g.emit("MatMul", [g.plain(query), turned])[0], parameters: [Int] = []
    if try layer.fields.boolean("use_scale", default: false) {
      let scale = try g.parameter(
        layer,
        KerasTensor(
          source: "vars/0", title: "scale", stored: [], layout: .vector(.same), extents: [], role: .gain,
          initializer: "keras.ones"))
      scores = try g.emit("Mul", [scores, scale.value])[0]
      parameters.append(scale.place)
    }
    return [
      try mixed(&g, layer, scores, value, isCausal: isCausal, from: [query, value, key], parameters: parameters)
    ]
  }

  /// `AdditiveAttention`: scores are sums of scale tanh(query + key).
  static func additiveAttention(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let isCausal = try checkAttention(&g, layer), (query, value, key) = try attended(g, layer)
    let rows = try g.emit("Unsqueeze", [g.plain(query), g.integers([2])])[0]
    let columns = try g.emit("Unsqueeze", [g.plain(key), g.integers([1])])[0]
    var sum = try g.emit("Tanh", [g.emit("Add", [rows, columns])[0]])[0], parameters: [Int] = []
    if try layer.fields.boolean("use_scale", default: true) {
      // Keras draws it as a vector, whose fans both are its length.
      let count = query.features
      guard let initializer = try KerasInitializer(.string("glorot_uniform"), key: "scale") else { throw .unknownInput }
      let scale = try g.parameter(
        layer, .vector("vars/0", "scale", count: count, role: .gain, initializer.ofVector(count, key: "scale")))
      sum = try g.emit("Mul", [sum, scale.value])[0]
      parameters.append(scale.place)
    }
    let scores = try g.emit("ReduceSum", [sum, g.integers([-1])], ["keepdims": .integer(0)])[0]
    return [
      try mixed(&g, layer, scores, value, isCausal: isCausal, from: [query, value, key], parameters: parameters)
    ]
  }
}
