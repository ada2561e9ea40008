import NetworkGraph

extension KerasLayers {
  /// `Embedding`.
  static func embedding(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let vocabulary = try layer.fields.required("input_dim"), dimension = try layer.fields.required("output_dim")
    if try layer.fields.boolean("mask_zero", default: false) { k.note(.masks, layer.name) }
    let shape = [vocabulary, dimension]
    let weights = try kernel(&k, layer, "embeddings_initializer", shape: shape, standard: "keras.random_uniform")
    let input = try k.input(of: layer)
    let value = try k.place(
      "embedding", ["vocabulary": "\(vocabulary)", "dimension": "\(dimension)", "weights": weights], name: layer.name,
      inputs: [input])
    k.weigh(
      value, "weight", layer, "vars/0", "embeddings", shape: shape, .vector(.same), count: vocabulary * dimension)
    return value
  }

  /// What all recurrent layers share; refuses what has no counterpart.
  private static func recurrent(
    _ k: inout KerasLowering, _ layer: KerasLayer, gates: Int, biasCount: Int
  ) throws(KerasStop) -> (fields: [String: String?], units: Int) {
    let units = try layer.fields.required("units")
    let config = layer.fields
    try config.require("go_backwards", false, because: "it reads its sequence backwards (go_backwards)")
    try config.require("stateful", false, because: "it keeps its state from batch to batch (stateful)")
    try config.require("return_state", false, because: "it also returns its state (return_state)")
    try config.require("time_major", false, because: "its sequences have steps first (time_major)")
    for key in ["dropout", "recurrent_dropout"] where try config.number(key) ?? 0 != 0 {
      k.note(.recurrentDropout, layer.name)
    }
    try refuseArguments(layer)
    var fields: [String: String?] = [
      "units": "\(units)", "return": try config.boolean("return_sequences", default: false) ? "sequence" : "last",
    ]
    let matrix = try KerasInitializer(config["recurrent_initializer"], key: "recurrent_initializer")
    fields["recurrent"] = matrix?.specification ?? "keras.orthogonal"
    fields["bias"] = try bias(layer, count: max(1, min(units, 1 << 20)) * biasCount)
    // Fans of a bias depend on how Keras draws its parts.
    if let initializer = try KerasInitializer(config["bias_initializer"], key: "bias_initializer"),
      initializer.scaling != nil
    {
      throw .problem("bias_initializer is \(initializer.specification), which needs a matrix")
    }
    let (steps, features): (Int, Int)
    switch try k.input(of: layer).shape {
    case .sequence(let count, let width): (steps, features) = (count, width)
    case let other: throw .problem("it takes a sequence, got a signal of shape \(other)")
    }
    _ = steps
    guard (1...(1 << 20)).contains(units) else { throw .problem("units is \(units); 1 to \(1 << 20) are known") }
    fields["weights"] = try kernel(&k, layer, shape: [features, gates * units])
    k.seed(matrix, shape: [units, gates * units], of: "\(layer.name)/recurrent_kernel")
    return (fields, units)
  }

  /// Refuses activations other than a cell's own.
  private static func requireActivation(
    _ k: KerasLowering, _ layer: KerasLayer, _ key: String, _ standard: String
  ) throws(KerasStop) {
    let own = try KerasActivation(layer.fields[key] ?? .string(standard), version: k.version)
    guard own == .function(standard) else { throw .problem("its \(key) is not \(standard)") }
  }

  private static func features(_ k: KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> Int {
    try k.input(of: layer).shape.dimensions.last ?? 1
  }

  /// Input and recurrent weights, with the gates in our order.
  private static func weigh(
    _ k: inout KerasLowering, _ layer: KerasLayer, _ value: KerasValue, units: Int, features: Int, order: [Int]
  ) {
    let rows = order.count * units
    k.weigh(
      value, "weight", layer, "cell/vars/0", "kernel", shape: [features, rows],
      .gates(inputs: features, units: units, order: order), count: features * rows)
    k.weigh(
      value, "recurrent", layer, "cell/vars/1", "recurrent_kernel", shape: [units, rows],
      .gates(inputs: units, units: units, order: order), count: units * rows)
  }

  /// `SimpleRNN` with tanh or ReLU.
  static func simpleRNN(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let cell: String
    switch try KerasActivation(layer.fields["activation"] ?? .string("tanh"), version: k.version) {
    case .function("tanh"): cell = "tanh"
    case .function("relu"): cell = "relu"
    default: throw .problem("its activation is neither tanh nor relu")
    }
    var (fields, units) = try recurrent(&k, layer, gates: 1, biasCount: 1)
    fields["cell"] = cell
    let features = try features(k, layer), input = try k.input(of: layer)
    let value = try k.place("simple_rnn", fields, name: layer.name, inputs: [input])
    weigh(&k, layer, value, units: units, features: features, order: [0])
    if try hasBias(layer) {
      k.weigh(value, "bias", layer, "cell/vars/2", "bias", shape: [units], .vector(.same), count: units)
    }
    return value
  }

  /// `LSTM`. Keras puts the forget gate's 1 into the bias; here the layer adds it.
  static func lstm(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    try requireActivation(k, layer, "activation", "tanh")
    try requireActivation(k, layer, "recurrent_activation", "sigmoid")
    let hasBias = try hasBias(layer)
    let adds = hasBias ? try layer.fields.boolean("unit_forget_bias", default: true) : false
    var (fields, units) = try recurrent(&k, layer, gates: 4, biasCount: 4)
    fields["forget_bias"] = adds ? "1" : "0"
    let features = try features(k, layer), input = try k.input(of: layer)
    let value = try k.place("lstm", fields, name: layer.name, inputs: [input])
    // Both have the order i, f, g, o.
    weigh(&k, layer, value, units: units, features: features, order: [0, 1, 2, 3])
    if hasBias {
      k.weigh(
        value, "bias", layer, "cell/vars/2", "bias", shape: [4 * units],
        .gateVector(start: 0, units: units, order: [0, 1, 2, 3], offsets: [0, adds ? 1 : 0, 0, 0]), count: 4 * units)
    }
    return value
  }

  /// `GRU` whose reset gate acts after the product. Keras orders the gates z, r, n, here they are r, z, n.
  static func gru(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    try requireActivation(k, layer, "activation", "tanh")
    try requireActivation(k, layer, "recurrent_activation", "sigmoid")
    guard try layer.fields.boolean("reset_after", default: !k.version.isTwo || layer.type == "CuDNNGRU") else {
      throw .problem("its reset gate acts before the recurrent product (reset_after=False)")
    }
    let (fields, units) = try recurrent(&k, layer, gates: 3, biasCount: 3)
    let features = try features(k, layer), input = try k.input(of: layer)
    let value = try k.place("gru", fields, name: layer.name, inputs: [input])
    weigh(&k, layer, value, units: units, features: features, order: [1, 0, 2])
    if try hasBias(layer) {
      for (row, name) in ["bias", "recurrent_bias"].enumerated() {
        k.weigh(
          value, name, layer, "cell/vars/2", "bias", shape: [2, 3 * units],
          .gateVector(start: 3 * units * row, units: units, order: [1, 0, 2], offsets: [0, 0, 0]), count: 3 * units)
      }
    }
    return value
  }

  /// `TimeDistributed(Dense)`, which is what a dense layer does to a sequence.
  static func timeDistributed(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    guard let inner = layer.fields["layer"], let type = inner["class_name"]?.string else {
      throw .problem("it wraps no layer")
    }
    guard ["Dense", "Activation", "Dropout", "ReLU", "LeakyReLU"].contains(type), let convert = converters[type] else {
      throw .problem("it applies \(type.prefix(80)) to each step; only Dense, Dropout and activations have a counterpart")
    }
    if case .sequence = try k.input(of: layer).shape {} else { throw .problem("it reads no sequence") }
    var alone = layer
    alone.type = type
    alone.fields = KerasFields(inner["config"])
    alone.weightPath += "/layer"
    return try convert(&k, alone)
  }

  /// `Bidirectional`: one recurrent layer reads the sequence as it is, one from its end, and the results are joined.
  static func bidirectional(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    guard let inner = layer.fields["layer"], let type = inner["class_name"]?.string else {
      throw .problem("it wraps no layer")
    }
    guard ["SimpleRNN", "LSTM", "GRU"].contains(type), let convert = converters[type] else {
      throw .problem("it wraps \(type.prefix(80)); only SimpleRNN, LSTM and GRU have a counterpart")
    }
    let mode = try layer.fields.string("merge_mode") ?? "none"
    guard ["concat", "sum"].contains(mode) else {
      throw .problem("its merge_mode is \(mode.prefix(40)); concat and sum are known")
    }
    // Keras writes the second layer out, with go_backwards, and derives it from the first where it is missing.
    let second = layer.fields["backward_layer"] ?? inner
    guard second["class_name"]?.string == type else { throw .problem("its two layers are of different classes") }
    let input = try k.input(of: layer)
    guard case .sequence = input.shape else { throw .problem("it takes a sequence, got a signal of shape \(input.shape)") }
    var results: [KerasValue] = []
    for (name, config) in [("forward", inner["config"]), ("backward", second["config"])] {
      var alone = layer
      alone.type = type
      alone.name = "\(layer.name).\(name)"
      alone.fields = KerasFields(config).without("go_backwards")
      alone.weightPath += "/\(name)_layer"
      alone.inputs = [alone.name + " input"]
      k.stand(
        name == "forward" ? input : try k.place("reverse", [:], name: "\(layer.name).reversed", inputs: [input]),
        for: alone.inputs[0])
      results.append(try convert(&k, alone))
    }
    if case .sequence = results[1].shape {
      results[1] = try k.place("reverse", [:], name: "\(layer.name).ordered", inputs: [results[1]])
    }
    return try k.place(mode == "sum" ? "add" : "concatenate", [:], name: layer.name, inputs: results)
  }

  /// `MultiHeadAttention` of a sequence to itself.
  static func attention(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let heads = try layer.fields.required("num_heads"), size = try layer.fields.required("key_dim")
    guard heads > 0, size > 0, heads <= 1 << 20, size <= 1 << 20 else {
      throw .problem("num_heads and key_dim are no sizes")
    }
    if let own = try layer.fields.integer("value_dim"), own != size { throw .problem("value_dim differs from key_dim") }
    // Once built, a layer notes the only axis that a sequence has.
    if let axes = layer.fields["attention_axes"],
      axes.integer ?? (axes.array?.count == 1 ? axes.array?[0].integer : nil) != 1
    {
      throw .problem("it attends along other axes (attention_axes)")
    }
    if layer.fields["sliding_window"] != nil { throw .problem("it attends to near steps alone (sliding_window)") }
    if try layer.fields.number("dropout") ?? 0 != 0 { k.note(.attentionDropout, layer.name) }
    try layer.fields.require("use_gate", false, because: "its result is gated (use_gate)")
    try refuseArguments(layer, except: ["use_causal_mask"])
    let causal = layer.arguments["use_causal_mask"]?.boolean ?? false
    guard Set(layer.inputs).count == 1 else {
      throw .problem("it attends from one signal to another; only self-attention is known here")
    }
    guard let input = try k.inputs(of: layer).first else { throw .unknownInput }
    guard case .sequence(_, let features) = input.shape else {
      throw .problem("it takes a sequence, got a signal of shape \(input.shape)")
    }
    guard heads * size == features else {
      throw .problem("\(heads) heads of \(size) values are not the \(features) features that it reads")
    }
    if let output = layer.fields["output_shape"], (output.integer ?? output.array?.last?.integer) != features {
      throw .problem("its result has another size than its input (output_shape)")
    }
    let kernel = try KerasInitializer(
      layer.fields["kernel_initializer"] ?? .string("glorot_uniform"), key: "kernel_initializer")
    let weights = kernel?.ofAttention(k.version)
    k.seed(kernel, shape: [features, heads, size], of: "\(layer.name)/kernel")
    // Biases of queries, keys and values are heads x key_dim, that of the output is a vector.
    let biasInitializer = try KerasInitializer(layer.fields["bias_initializer"], key: "bias_initializer")
    if let biasInitializer, biasInitializer.scaling != nil {
      throw .problem("bias_initializer is \(biasInitializer.specification), which needs a matrix")
    }
    let value = try k.place(
      "self_attention",
      [
        "heads": "\(heads)", "causal": causal ? "true" : "false", "weights": weights,
        "bias": try bias(layer, count: features),
      ], name: layer.name, inputs: [input])
    for part in ["query", "key", "value"] {
      k.weigh(
        value, part, layer, "\(part)_dense/vars/0", "\(part) kernel", shape: [features, heads, size],
        .matrix(inputs: features, outputs: features, .same), count: features * features)
      if try hasBias(layer) {
        k.weigh(
          value, "\(part)_bias", layer, "\(part)_dense/vars/1", "\(part) bias", shape: [heads, size], .vector(.same),
          count: features)
      }
    }
    k.weigh(
      value, "output", layer, "output_dense/vars/0", "output kernel", shape: [heads, size, features],
      .matrix(inputs: features, outputs: features, .same), count: features * features)
    if try hasBias(layer) {
      k.weigh(
        value, "output_bias", layer, "output_dense/vars/1", "output bias", shape: [features], .vector(.same),
        count: features)
    }
    return value
  }
}
