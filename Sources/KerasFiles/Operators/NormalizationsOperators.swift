import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// The axis of a layer, which has one, counted from the front.
  private static func axis(_ layer: KerasLayer, rank: Int) throws(KerasStop) -> Int {
    guard let declared = layer.fields["axis"] else { return rank - 1 }
    let list = declared.array ?? [declared]
    guard list.count == 1, let axis = list[0].integer else { throw .problem("it normalizes along several axes") }
    let place = axis < 0 ? rank + axis : axis
    guard (1..<max(rank, 2)).contains(place) else { throw .problem("axis \(axis) is none of its input's") }
    return place
  }

  /// Gain and shift of so many values, as trained tensors, or ones and zeros where the layer has none.
  private static func gainAndShift(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, extents: [Int]
  ) throws(KerasStop) -> (gain: ValueID, shift: ValueID, places: [Int]) {
    try checkSize(extents, "gamma")
    let count = extents.reduce(1, *)
    var place = 0, places: [Int] = []
    var values: [ValueID] = []
    for (flag, key, title, role, standard) in [
      ("scale", "gamma_initializer", "gamma", ParameterTensor.Role.gain, "keras.ones"),
      ("center", "beta_initializer", "beta", .shift, "keras.zeros"),
    ] {
      guard try layer.fields.boolean(flag, default: true) else {
        values.append(try g.constant(role == .gain ? 1 : 0, extents))
        continue
      }
      let declared = try KerasLayers.vector(layer, key, count: count) ?? standard
      let tensor = try g.parameter(
        layer,
        KerasTensor(
          source: "vars/\(place)", title: title, stored: extents, layout: .vector(.same), extents: extents, role: role,
          use: .scale, initializer: declared))
      values.append(tensor.value)
      places.append(tensor.place)
      place += 1
    }
    return (values[0], values[1], places)
  }

  /// `BatchNormalization`, by moments of the batch or by the file's moving ones.
  static func batchNormalization(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try layer.fields.require("renorm", false, because: "its moments are renormalized (renorm)")
    try refuseArguments(layer)
    let input = try g.input(of: layer), epsilon = try layer.fields.number("epsilon") ?? 1e-3
    let own = try axis(layer, rank: input.rank)
    guard own == input.rank - 1 || own == 1 else {
      throw .problem("it normalizes along axis \(own), neither the first nor the last behind the samples")
    }
    let isLast = own == input.rank - 1, count = input.extents[own]
    let value = try isLast ? g.moved(input) : g.plain(input)
    let (gain, shift, places) = try gainAndShift(&g, layer, extents: [count])
    // Moving moments stand behind gain and shift, whichever of them there are.
    let mean = try g.moment(layer, "vars/\(places.count)", "moving_mean", count: count, start: 0)
    let variance = try g.moment(layer, "vars/\(places.count + 1)", "moving_variance", count: count, start: 1)
    let isBatch = !g.options.usesMovingMoments
    if isBatch { g.notes.note(.movingAverages, layer.name) }
    let result = try g.emit(
      BatchNormalization(epsilon: epsilon, usesBatchStatistics: isBatch), [value, gain, shift, mean, variance])[0]
    var signal = g.signal(result, from: [input])
    if isLast, input.rank > 2 { (signal.isMoved, signal.extents) = (true, input.extents) }
    return [
      try g.settled(
        g.measured(
          signal, "batch_norm", name: layer.name, parameters: places,
          traits: isBatch ? [.normalizes, .overBatch, .channelsFirst] : [.normalizes, .channelsFirst]), layer)
    ]
  }

  /// The first of the axes up to the last along which the layer normalizes.
  private static func firstAxis(_ layer: KerasLayer, rank: Int) throws(KerasStop) -> Int {
    guard let declared = layer.fields["axis"] else { return rank - 1 }
    var axes: [Int] = []
    for item in declared.array ?? [declared] {
      guard let axis = item.integer else { throw .problem("axis is no whole number") }
      axes.append(axis < 0 ? axis + rank : axis)
    }
    guard let first = axes.min(), first >= 1, axes.sorted() == Array(first..<rank) else {
      throw .problem("it normalizes along axes that do not end with the last")
    }
    return first
  }

  /// `LayerNormalization` of the last axes.
  static func layerNormalization(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    guard try !layer.fields.boolean("rms_scaling", default: false) else {
      throw .problem("it divides by the deviation and subtracts nothing (rms_scaling)")
    }
    try refuseArguments(layer)
    let input = try g.input(of: layer), first = try firstAxis(layer, rank: input.rank)
    let (gain, shift, places) = try gainAndShift(&g, layer, extents: Array(input.extents[first...]))
    let value = try g.emit(
      LayerNormalization(axis: first, epsilon: layer.fields.number("epsilon") ?? 1e-3), [g.plain(input), gain, shift])[0]
    return [
      g.measured(
        g.signal(value, from: [input]), "layer_norm", name: layer.name, parameters: places,
        traits: [.normalizes, .featuresLast])
    ]
  }

  /// `RMSNormalization` of the last axes.
  static func rootMeanSquareNormalization(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer
  ) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let input = try g.input(of: layer), first = try firstAxis(layer, rank: input.rank)
    let extents = Array(input.extents[first...])
    try checkSize(extents, "scale")
    let gain = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "scale", stored: extents, layout: .vector(.same), extents: extents, role: .gain,
        use: .scale,
        initializer: "keras.ones"))
    let value = try g.emit(
      RMSNormalization(axis: first, epsilon: layer.fields.number("epsilon") ?? 1e-6), [g.plain(input), gain.value])[0]
    return [
      g.measured(
        g.signal(value, from: [input]), "rms_norm", name: layer.name, parameters: [gain.place],
        traits: [.normalizes, .featuresLast])
    ]
  }

  /// `GroupNormalization` of channels.
  static func groupNormalization(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let input = try g.input(of: layer), own = try axis(layer, rank: input.rank), count = input.extents[own]
    guard input.rank > 2, own == input.rank - 1 || own == 1 else {
      throw .problem("it normalizes along axis \(own) of a signal of \(input.rank - 1) axes")
    }
    let declared = try layer.fields.integer("groups") ?? 32, groups = declared == -1 ? count : declared
    guard groups > 0, count % groups == 0 else { throw .problem("\(groups) groups do not divide \(count) channels") }
    let isLast = own == input.rank - 1
    let (gain, shift, places) = try gainAndShift(&g, layer, extents: [count])
    let value = try g.emit(
      GroupNormalization(groups: groups, epsilon: layer.fields.number("epsilon") ?? 1e-3),
      [isLast ? g.moved(input) : g.plain(input), gain, shift])[0]
    var signal = g.signal(value, from: [input])
    if isLast { (signal.isMoved, signal.extents) = (true, input.extents) }
    return [
      try g.settled(
        g.measured(
          signal, "group_norm", name: layer.name, parameters: places, traits: [.normalizes, .channelsFirst]), layer)
    ]
  }

  /// `LayerScale` of Keras's ConvNeXt: a gain for each channel.
  static func layerScale(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer), start = try layer.fields.number("init_values") ?? 1e-6
    let gain = try g.parameter(
      layer,
      .vector("vars/0", "gamma", count: input.features, role: .gain, "keras.constant(value=\(start))"))
    let value = try g.emit("Mul", [g.plain(input), gain.value])[0]
    return [
      g.measured(
        g.signal(value, from: [input]), "scale", name: layer.name, parameters: [gain.place],
        traits: [.elementwise, .featuresLast], takesActivation: false)
    ]
  }

  /// `UnitNormalization` along one axis.
  static func unitNormalization(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer), own = try axis(layer, rank: input.rank)
    let value = try g.emit("LpNormalization", [g.plain(input)], ["axis": .integer(own), "p": .integer(2)])[0]
    return [
      g.measured(
        g.signal(value, from: [input]), "lp_norm", name: layer.name, traits: [.normalizes, .featuresLast])
    ]
  }
}
