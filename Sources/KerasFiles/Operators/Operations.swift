import NetworkGraph

extension KerasOperators {
  /// Operators for sums and products of `keras.ops` and of TensorFlow.
  private static let binary = [
    "Add": "Add", "Subtract": "Sub", "Multiply": "Mul", "Divide": "Div", "TrueDivide": "Div", "Maximum": "Max",
    "Minimum": "Min", "Power": "Pow", "Matmul": "MatMul", "math.add": "Add", "__operators__.add": "Add",
    "math.subtract": "Sub", "math.multiply": "Mul", "math.truediv": "Div", "math.divide": "Div", "math.maximum": "Max",
    "math.minimum": "Min", "linalg.matmul": "MatMul",
  ]

  /// `x + y`, `2 * x` and their like, of two signals or of a signal and a number.
  static func arithmetic(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let name = layer.type == "TFOpLambda" ? try layer.fields.string("function") ?? "" : layer.type
    guard let kind = binary[name] else { throw .problem("the operation \(name.prefix(80)) has no counterpart") }
    guard layer.operands.count == 2 else { throw .problem("it takes two operands, got \(layer.operands.count)") }
    var values: [ValueID] = [], signals: [KerasSignal] = []
    for operand in layer.operands {
      switch operand {
      case .tensor(let name):
        guard let signal = g[name] else { throw .unknownInput }
        signals.append(signal)
        values.append(try g.plain(signal))
      case .constant(let value):
        guard let number = value.number, number.isFinite else { throw .problem("its operand is no finite number") }
        values.append(try g.constant(Float(number)))
      }
    }
    let value = try g.emit(kind, values)[0]
    let result = g.signal(value, from: signals)
    guard signals.count == 2 else { return [result] }
    switch kind {
    case "Add", "Sub": return [g.measured(result, "sum", name: layer.name, traits: [.elementwise, .sums, .joins])]
    case "MatMul":
      return [g.measured(result, "product", name: layer.name, traits: [.joins, .featuresLast], takesActivation: false)]
    default:
      return [g.measured(result, "gate", name: layer.name, traits: [.elementwise, .joins], takesActivation: false)]
    }
  }

  /// Functions of single values.
  static func elementwise(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer), x = try g.plain(input)
    let value: ValueID
    switch layer.type {
    case "Negative": value = try g.emit("Neg", [x])[0]
    case "Square": value = try g.emit("Mul", [x, x])[0]
    case "Absolute": value = try g.emit("Abs", [x])[0]
    default: value = try g.emit(layer.type, [x])[0]
    }
    return [
      g.measured(
        g.signal(value, from: [input]), layer.type.lowercased(), name: layer.name, traits: [.activates],
        takesActivation: false)
    ]
  }

  /// Whole numbers under a key; nil where there are none.
  private static func axes(_ layer: KerasLayer, _ key: String) throws(KerasStop) -> [Int]? {
    guard let declared = layer.fields[key] ?? (layer.arguments[key].flatMap { $0.isNull ? nil : $0 }) else { return nil }
    var axes: [Int] = []
    for item in declared.array ?? [declared] {
      guard let axis = item.integer else { throw .problem("\(key) is no list of whole numbers") }
      axes.append(axis)
    }
    return axes
  }

  /// Means, sums and extremes along axes behind the samples.
  static func reduction(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    guard let axes = try axes(layer, "axis") else { throw .problem("it makes one number of all samples") }
    guard axes.allSatisfy({ $0 != 0 && $0 != -input.rank }) else { throw .problem("it runs across samples") }
    let keeps = try layer.fields.boolean("keepdims", default: false)
    let value = try g.emit(
      "Reduce\(layer.type)", [g.plain(input), g.integers(axes)], ["keepdims": .integer(keeps ? 1 : 0)])[0]
    let isPool = ["Mean", "Max"].contains(layer.type)
    let result = g.signal(value, from: [input])
    guard isPool else { return [result] }
    return [
      g.measured(
        result, layer.type == "Mean" ? "global_average_pool" : "global_max_pool", name: layer.name,
        traits: [.pools, layer.type == "Mean" ? .averages : .takesLargest], takesActivation: false)
    ]
  }

  /// `ops.reshape`, whose shape has the samples in front.
  static func reshapeOperation(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    guard var extents = try axes(layer, "newshape"), !extents.isEmpty else { throw .problem("newshape is missing") }
    // The samples' own extent stands open in a model's file.
    if extents[0] == -1, !extents.dropFirst().contains(-1) { extents[0] = input.extents[0] }
    return [try reshaped(&g, input, extents)]
  }

  /// `ops.transpose`.
  static func transposeOperation(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    guard let order = try axes(layer, "axes"), order.sorted() == Array(0..<input.rank), order[0] == 0 else {
      throw .problem("axes is no order of its axes that leaves the samples in front")
    }
    return [g.signal(try g.emit("Transpose", [g.plain(input)], ["perm": .integers(order)])[0], from: [input])]
  }

  /// `ops.expand_dims`.
  static func expandDimensions(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    guard let axes = try axes(layer, "axis") else { throw .problem("axis is missing") }
    return [g.signal(try g.emit("Unsqueeze", [g.plain(input), g.integers(axes)])[0], from: [input])]
  }

  /// `ops.squeeze`.
  static func squeeze(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    guard let axes = try axes(layer, "axis") else { throw .problem("axis is missing") }
    return [g.signal(try g.emit("Squeeze", [g.plain(input), g.integers(axes)])[0], from: [input])]
  }

  /// `x[:, 0]`, `x[..., 2:]` and their like.
  static func item(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    guard layer.inputs.count == 1, let first = layer.inputs.first else {
      throw .problem("its place depends on another signal")
    }
    guard let input = g[first] else { throw .unknownInput }
    guard let written = layer.item else { throw .problem("what it takes out is missing") }
    func isEllipsis(_ item: JSONValue) -> Bool { item["class_name"]?.string == "__ellipsis__" || item.string == "..." }
    var items = written.array ?? [written]
    let named = items.count { !$0.isNull && !isEllipsis($0) }
    guard named <= input.rank, items.count(where: isEllipsis) <= 1 else {
      throw .problem("it names \(named) axes of a signal of \(input.rank)")
    }
    // The axes that are not named are taken whole.
    let whole = JSONValue.object([]), rest = Array(repeating: whole, count: input.rank - named)
    if let place = items.firstIndex(where: isEllipsis) {
      items.replaceSubrange(place...place, with: rest)
    } else {
      items += rest
    }
    var starts: [Int] = [], ends: [Int] = [], steps: [Int] = [], taken: [Int] = [], added: [Int] = [], axis = 0, result = 0
    for item in items {
      if item.isNull {
        added.append(result)
        result += 1
        continue
      }
      let extent = input.extents[axis]
      if let place = item.integer {
        guard axis > 0 else { throw .problem("it takes one of the samples") }
        guard (-extent..<extent).contains(place) else { throw .problem("there is no place \(place) among \(extent)") }
        starts.append(place < 0 ? place + extent : place)
        ends.append(starts[axis] + 1)
        steps.append(1)
        taken.append(axis)
      } else if item.members != nil {
        let fields = item["config"] ?? item
        func number(_ key: String) throws(KerasStop) -> Int? {
          guard let value = fields[key], !value.isNull else { return nil }
          guard let number = value.integer else { throw .problem("its \(key) is no whole number") }
          return number
        }
        let start = try number("start"), stop = try number("stop"), step = try number("step") ?? 1
        guard step != 0 else { throw .problem("its step is 0") }
        guard axis > 0 || start ?? 0 == 0 && stop == nil && step == 1 else { throw .problem("it takes some of the samples") }
        starts.append(start ?? (step > 0 ? 0 : extent - 1))
        ends.append(stop ?? (step > 0 ? extent : -extent - 1))
        steps.append(step)
        result += 1
      } else {
        throw .problem("it takes out what is no place and no range")
      }
      axis += 1
    }
    var value = try g.emit(
      "Slice", [g.plain(input), g.integers(starts), g.integers(ends), g.integers(Array(0..<axis)), g.integers(steps)])[0]
    if !taken.isEmpty { value = try g.emit("Squeeze", [value, g.integers(taken)])[0] }
    if !added.isEmpty { value = try g.emit("Unsqueeze", [value, g.integers(added)])[0] }
    let signal = g.signal(value, from: [input])
    guard signal.extents.allSatisfy({ $0 > 0 }) else { throw .problem("it leaves nothing of its signal") }
    return [signal]
  }
}
