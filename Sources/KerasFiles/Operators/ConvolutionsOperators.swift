import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// What the window of a convolution or pool is, read and checked.
  struct Window {
    var rank: Int
    var size: [Int]
    var strides: [Int]
    var dilation: [Int]
    var padding: String

    /// The number of taps.
    var taps: Int { size.reduce(1, *) }

    /// As ONNX's operators have it.
    var attributes: [String: OperatorAttributes.Value] {
      var all: [String: OperatorAttributes.Value] = [
        "kernel_shape": .integers(size), "strides": .integers(strides), "dilations": .integers(dilation),
      ]
      switch padding {
      case "same": all["auto_pad"] = .text("SAME_UPPER")
      case "causal": all["pads"] = .integers([dilation[0] * (size[0] - 1), 0])
      default: break
      }
      return all
    }
  }

  /// The window of a layer whose class ends in 1D, 2D or 3D.
  static func window(
    _ layer: KerasLayer, _ sizeKey: String = "kernel_size", allowsCausal: Bool = false
  ) throws(KerasStop) -> Window {
    let rank = rank(layer)
    guard let size = try layer.fields.extents(sizeKey, rank: rank) else { throw .problem("\(sizeKey) is missing") }
    let ones = Array(repeating: 1, count: rank)
    let window = Window(
      rank: rank, size: size,
      strides: try layer.fields.extents("strides", rank: rank) ?? (sizeKey == "pool_size" ? size : ones),
      dilation: try layer.fields.extents("dilation_rate", rank: rank) ?? ones,
      padding: try layer.fields.string("padding")?.lowercased() ?? "valid")
    for (key, values) in [(sizeKey, size), ("strides", window.strides), ("dilation_rate", window.dilation)] {
      try KerasLayers.checkExtents(values, key)
    }
    guard ["valid", "same"].contains(window.padding) || allowsCausal && window.padding == "causal" else {
      throw .problem("its padding is \(window.padding.prefix(40)), which has no counterpart")
    }
    return window
  }

  /// The number of axes that the class is named for: `Conv2D`, `Conv1DTranspose`.
  static func rank(_ layer: KerasLayer) -> Int {
    layer.type.contains("1D") ? 1 : layer.type.contains("3D") ? 3 : 2
  }

  /// Checks that a signal has that many axes between samples and channels; the number of channels.
  static func channels(_ input: KerasSignal, _ layer: KerasLayer) throws(KerasStop) -> Int {
    guard input.rank == rank(layer) + 2 else {
      let shape = input.extents.dropFirst().map { "\($0)" }.joined(separator: " x ")
      throw .problem("it takes signals of \(rank(layer) + 1) axes, got \(shape)")
    }
    return try hasChannelsFirst(layer) ? input.extents[1] : input.features
  }

  /// `Conv1D`, `Conv2D` and `Conv3D`.
  static func convolution(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let filters = try size(layer, "filters"), groups = try layer.fields.integer("groups") ?? 1
    let window = try window(layer, allowsCausal: rank(layer) == 1)
    try refuseArguments(layer)
    let input = try g.input(of: layer), inputs = try channels(input, layer)
    guard groups > 0, inputs % groups == 0, filters % groups == 0 else {
      throw .problem("\(groups) groups do not divide \(inputs) channels and \(filters) filters")
    }
    let stored = window.size + [inputs / groups, filters]
    try checkSize(stored, "kernel")
    let kernel = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "kernel", stored: stored,
        layout: .kernel(taps: window.taps, inputs: inputs / groups, outputs: filters),
        extents: [filters, inputs / groups] + window.size, role: .weight,
        weightShape: WeightShape(outputs: filters, inputs: inputs, taps: window.size, groups: groups),
        initializer: try self.kernel(&g, layer, stored: stored).specification))
    let bias = try bias(&g, layer, count: filters)
    return [try convolved(&g, layer, input, kernel, bias, window, groups: groups, name: layer.name)]
  }

  /// Refuses tensors of more values than any memory holds, before anything multiplies their extents.
  static func checkSize(_ extents: [Int], _ title: String) throws(KerasStop) {
    guard (try? TensorShape(extents)) != nil else {
      throw .problem("its \(title) would have \(extents.map { "\($0)" }.joined(separator: " x ")) values")
    }
  }

  /// Applies a kernel; with the layer's activation where it is the layer's last.
  private static func convolved(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ input: KerasSignal, _ kernel: (value: ValueID, place: Int),
    _ bias: (value: ValueID, place: Int)?, _ window: Window, groups: Int, name: String, isLast: Bool = true
  ) throws(KerasStop) -> KerasSignal {
    var attributes = window.attributes
    attributes["group"] = .integer(groups)
    let value = try g.emit("Conv", [g.channelsSecond(input, layer), kernel.value, bias?.value], attributes)[0]
    let result = g.measured(
      try g.signal(value, of: layer, from: [input]), "convolution", name: name,
      parameters: [kernel.place] + (bias.map { [$0.place] } ?? []), traits: [.contracts, .rowPerUnit, .channelsFirst])
    return isLast ? try finish(&g, result, layer) : result
  }

  /// One filter for each channel; its kernel.
  private static func perChannel(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, channels: Int, _ window: Window, title: String
  ) throws(KerasStop) -> (kernel: (value: ValueID, place: Int), outputs: Int) {
    let multiplier = try layer.fields.integer("depth_multiplier") ?? 1
    guard (1...1024).contains(multiplier) else { throw .problem("depth_multiplier is \(multiplier); 1 to 1024 are known") }
    let stored = window.size + [channels, multiplier], outputs = channels * multiplier
    try checkSize(stored, title)
    let initializer = try kernel(&g, layer, "depthwise_initializer", stored: stored)
    // Keras stores taps x channels x multiplier and takes the fans from there.
    let specification = try initializer.withFans(
      (in: Double(window.taps * channels), out: Double(window.taps * multiplier)), taps: window.taps,
      key: "depthwise_initializer")
    let kernel = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: title, stored: stored,
        layout: .depthwise(taps: window.taps, channels: channels, multiplier: multiplier),
        extents: [outputs, 1] + window.size, role: .weight,
        weightShape: WeightShape(outputs: outputs, inputs: channels, taps: window.size, groups: channels),
        initializer: specification))
    return (kernel, outputs)
  }

  /// `DepthwiseConv1D` and `DepthwiseConv2D`.
  static func depthwise(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let window = try window(layer)
    try refuseArguments(layer)
    let input = try g.input(of: layer), channels = try channels(input, layer)
    let (kernel, outputs) = try perChannel(&g, layer, channels: channels, window, title: "kernel")
    let bias = try bias(&g, layer, count: outputs)
    return [try convolved(&g, layer, input, kernel, bias, window, groups: channels, name: layer.name)]
  }

  /// `SeparableConv1D` and `SeparableConv2D`: one filter for each channel, then a convolution with one tap.
  static func separable(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let filters = try size(layer, "filters"), window = try window(layer)
    try refuseArguments(layer)
    let input = try g.input(of: layer), channels = try channels(input, layer)
    let (depthwise, middle) = try perChannel(&g, layer, channels: channels, window, title: "depthwise_kernel")
    let between = try convolved(
      &g, layer, input, depthwise, nil, window, groups: channels, name: "\(layer.name).depthwise", isLast: false)
    let ones = Array(repeating: 1, count: window.rank), stored = ones + [middle, filters]
    try checkSize(stored, "pointwise kernel")
    let kernel = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/1", title: "pointwise_kernel", stored: stored,
        layout: .kernel(taps: 1, inputs: middle, outputs: filters), extents: [filters, middle] + ones, role: .weight,
        weightShape: WeightShape(outputs: filters, inputs: middle, taps: ones),
        initializer: try self.kernel(&g, layer, "pointwise_initializer", stored: stored).specification))
    let bias = try bias(&g, layer, "vars/2", count: filters)
    let single = Window(rank: window.rank, size: ones, strides: ones, dilation: ones, padding: "valid")
    return [try convolved(&g, layer, between, kernel, bias, single, groups: 1, name: layer.name)]
  }
}
