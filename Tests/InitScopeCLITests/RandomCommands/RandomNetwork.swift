import InitScope

/// A network file of random layers that fit one another, small enough to be audited in a moment.
struct RandomNetwork {
  /// Of one sample, as the file's `input` has it.
  var input: [Int]
  /// The ids that the input holds; nil where it holds numbers.
  var vocabulary: Int?
  var text: String

  private var shape: [Int]
  private var lines: [String] = []
  /// What `add` and `concatenate` may name, with its shape.
  private var named: [(name: String, shape: [Int])] = []

  init(_ dice: inout Dice, outputs: Int?) {
    switch dice.whole(0...9) {
    case 0...3: input = [dice.whole(1...12)]
    case 4...5: input = [dice.whole(1...8), dice.whole(1...8)]
    case 6...7: input = [dice.whole(1...4), dice.whole(1...9), dice.whole(1...9)]
    default:
      input = [dice.whole(1...9)]
      vocabulary = dice.pick([1, 2, 5, 30])
    }
    shape = input
    text = ""
    if let vocabulary {
      shape.append(dice.whole(1...6))
      let own = Self.own("weights", RandomSpecification.layerInitializer, &dice)
      lines.append("- embedding: {vocabulary: \(vocabulary), dimension: \(shape[1])\(own)}")
    }
    for _ in 0..<dice.whole(1...6) { append(&dice) }
    if shape.count > 1, dice.chance(0.8) {
      lines.append("- \(dice.pick(shape.count == 2 ? ["flatten", "global_average_pool", "last_step"] : ["flatten"]))")
      shape = lines.last == "- flatten" ? [shape.reduce(1, *)] : [shape[1]]
    }
    if shape.count == 1, dice.chance(0.9) {
      lines.append("- dense: {units: \(outputs ?? dice.whole(1...6))\(weights(&dice))}")
      if dice.chance(0.1) { lines.append("- softmax") }
    }
    text = """
      input: \(input.count == 1 ? "\(input[0])" : "[\(input.map(String.init).joined(separator: ", "))]")
      layers:
      \(lines.map { "  \($0)" }.joined(separator: "\n"))

      """
  }

  // MARK: Layers

  private mutating func append(_ dice: inout Dice) {
    if dice.chance(0.15), let join = join(&dice) { return lines.append(join) }
    if dice.chance(0.2) { return appendResidual(&dice) }
    // A name of its own, for a later sum.
    let name = dice.chance(0.4) ? "part\(lines.count)" : nil
    let (kind, fields, next) = layer(&dice)
    let inner = (name.map { ["name: \($0)"] } ?? []) + fields
    lines.append("- \(kind): {\(inner.joined(separator: ", "))}")
    shape = next
    if let name { named.append((name, next)) }
  }

  /// A sum or a concatenation of the current output with an earlier one.
  private mutating func join(_ dice: inout Dice) -> String? {
    // The current output needs a name, too: a plain layer that keeps the shape gives it one.
    let fitting = named.filter { $0.shape == shape }
    guard !fitting.isEmpty else { return nil }
    let other = dice.pick(fitting).name, name = "joined\(lines.count)"
    lines.append("- dropout: {rate: 0, name: \(name)}")
    named.append((name, shape))
    if dice.chance(0.5) {
      let gain = dice.chance(0.3) ? ", gain: \(dice.pick(["true", "0", "0.5", "1e100"]))" : ""
      return "- add: {inputs: [\(other), \(name)]\(gain)\(activation(&dice))}"
    }
    let axis = shape.count == 3 ? 0 : shape.count - 1
    shape[axis] *= 2
    return "- concatenate: {inputs: [\(other), \(name)]}"
  }

  private mutating func appendResidual(_ dice: inout Dice) {
    let gain = dice.chance(0.3)
    lines.append("- residual:")
    let margin = gain ? "      " : "    "
    if gain { lines += ["    gain: \(dice.pick(["true", "0", "0.1"]))", "    layers:"] }
    for _ in 0..<dice.whole(0...2) { lines.append(margin + keepingLayer(&dice)) }
    if dice.chance(0.2) {
      lines.append(margin + "- residual:")
      lines.append(margin + "    " + keepingLayer(&dice))
    }
    lines.append(margin + keepingLayer(&dice))
  }

  /// A layer that hands on the shape that it takes.
  private func keepingLayer(_ dice: inout Dice) -> String {
    switch (shape.count, dice.whole(0...5)) {
    case (_, 0): return normalization(&dice)
    case (_, 1):
      let steps = shape.count == 2 ? ["- reverse"] : []
      return dice.pick(["0", "0.3", "0.99"].map { "- dropout: \($0)" } + ["- activation: tanh"] + steps)
    case (3, _): return "- conv2d: {channels: \(shape[0]), kernel: \(dice.pick([1, 3])), padding: same\(weights(&dice))}"
    case (2, 2): return "- self_attention: {heads: \(heads(&dice)), causal: \(dice.chance(0.5))\(plain(&dice))}"
    case (2, 3):
      let kind = dice.pick(["simple_rnn", "lstm", "gru"])
      return "- \(kind): {units: \(shape[1]), return: sequence\(plain(&dice))}"
    case (2, 4): return "- conv1d: {channels: \(shape[1]), kernel: \(dice.pick([1, 3])), padding: same\(weights(&dice))}"
    default: return "- dense: {units: \(shape[shape.count - 1])\(weights(&dice))}"
    }
  }

  /// Kind, fields and the shape that leaves.
  private func layer(_ dice: inout Dice) -> (kind: String, fields: [String], shape: [Int]) {
    let units = dice.whole(1...9)
    func some(_ text: String) -> [String] { text.isEmpty ? [] : [String(text.dropFirst(2))] }
    switch (shape.count, dice.whole(0...9)) {
    case (_, 0): return ("dropout", ["rate: \(dice.pick(["0", "0.5", "0.999"]))"], shape)
    case (_, 1):
      let epsilon = "epsilon: \(dice.pick(["1e-5", "1", "1e-12"]))"
      return (dice.pick(["batch_norm", "layer_norm"]), [epsilon] + some(activation(&dice)), shape)
    case (1, 2): return ("softmax", [], shape)
    case (1, _): return ("dense", ["units: \(units)"] + some(weights(&dice)), [units])
    case (2, 2): return ("self_attention", ["heads: \(heads(&dice))"] + some(plain(&dice)), shape)
    case (2, 3...5):
      let kind = dice.pick(["simple_rnn", "lstm", "gru"]), isLast = dice.chance(0.3)
      var fields = ["units: \(units)", "return: \(isLast ? "last" : "sequence")"] + some(plain(&dice))
      if kind == "simple_rnn", dice.chance(0.5) { fields.append("cell: relu") }
      if kind == "lstm", dice.chance(0.3) { fields.append("forget_bias: \(dice.pick(["0", "1", "-3", "1e100"]))") }
      return (kind, fields, isLast ? [units] : [shape[0], units])
    case (2, 6):
      let (fields, extents) = window(&dice)
      return ("conv1d", ["channels: \(units)", "kernel: \(fields)"] + some(weights(&dice)), extents + [units])
    case (2, 7):
      let (fields, extents) = window(&dice)
      return (dice.pick(["max_pool", "average_pool"]), ["size: \(fields)"], extents + [shape[1]])
    case (2, _): return ("dense", ["units: \(units)"] + some(weights(&dice)), [shape[0], units])
    case (_, 2...3):
      let (fields, extents) = window(&dice)
      return (dice.pick(["max_pool", "average_pool"]), ["size: \(fields)"], [shape[0]] + extents)
    case (_, 4): return ("global_average_pool", [], [shape[0]])
    default:
      let (fields, extents) = window(&dice)
      let groups = dice.chance(0.3) ? shape[0] : 1
      return (
        "conv2d", ["channels: \(units * groups)", "kernel: \(fields)", "groups: \(groups)"] + some(weights(&dice)),
        [units * groups] + extents
      )
    }
  }

  /// A window that fits the positions, and how many it leaves.
  private func window(_ dice: inout Dice) -> (fields: String, extents: [Int]) {
    let places = shape.count == 2 ? [shape[0]] : Array(shape[1...])
    let size = dice.whole(1...min(3, places.min() ?? 1)), stride = dice.whole(1...2)
    let isSame = stride == 1 && dice.chance(0.4)
    return (
      "\(size), stride: \(stride), padding: \(isSame ? "same" : "valid")",
      isSame ? places : places.map { ($0 - size) / stride + 1 }
    )
  }

  // MARK: Fields

  private func heads(_ dice: inout Dice) -> Int { dice.pick((1...shape[1]).filter { shape[1] % $0 == 0 }) }

  private func normalization(_ dice: inout Dice) -> String {
    "- \(dice.pick(["batch_norm", "layer_norm"])): {epsilon: 1e-5\(activation(&dice))}"
  }

  private func activation(_ dice: inout Dice) -> String { Self.own("activation", RandomSpecification.activation, &dice) }

  private func weights(_ dice: inout Dice) -> String { plain(&dice) + activation(&dice) }

  private func plain(_ dice: inout Dice) -> String {
    let bias = dice.chance(0.1) ? ", bias: none" : dice.chance(0.3) ? Self.own("bias", RandomSpecification.bias, &dice) : ""
    return (dice.chance(0.3) ? Self.own("weights", RandomSpecification.layerInitializer, &dice) : "") + bias
  }

  private static func own(_ key: String, _ make: (inout Dice) -> String, _ dice: inout Dice) -> String {
    dice.chance(0.7) ? ", \(key): \"\(make(&dice))\"" : ""
  }
}
