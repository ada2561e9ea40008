import NetworkGraph

extension KerasLayers {
  /// What the window of a convolution is, read and checked.
  private struct Window {
    var rank: Int
    var size: [Int]
    var strides: [Int]
    var dilation: [Int]
    var fields: [String: String?]
  }

  /// The window of a layer whose class ends in 1D or 2D.
  private static func window(_ k: KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> Window {
    let rank = layer.type.hasSuffix("1D") ? 1 : 2
    guard let size = try layer.fields.extents("kernel_size", rank: rank) else { throw .problem("kernel_size is missing") }
    let strides = try layer.fields.extents("strides", rank: rank) ?? Array(repeating: 1, count: rank)
    let dilation = try layer.fields.extents("dilation_rate", rank: rank) ?? Array(repeating: 1, count: rank)
    for (key, values) in [("kernel_size", size), ("strides", strides), ("dilation_rate", dilation)] {
      try checkExtents(values, key)
    }
    try checkFormat(k, layer)
    return Window(
      rank: rank, size: size, strides: strides, dilation: dilation,
      fields: ["kernel": text(size), "stride": text(strides), "dilation": text(dilation)])
  }

  static func checkExtents(_ values: [Int], _ key: String) throws(KerasStop) {
    guard values.allSatisfy(SlidingWindow.range.contains) else {
      throw .problem("\(key) is \(text(values)); 1 to \(SlidingWindow.range.upperBound) are known")
    }
  }

  /// Refuses images in another format than the rest of the model's.
  static func checkFormat(_ k: KerasLowering, _ layer: KerasLayer) throws(KerasStop) {
    let format = try layer.fields.string("data_format") ?? "channels_last"
    guard k.hasChannelsFirst == (format == "channels_first") || layer.type.hasSuffix("1D") && format == "channels_last"
    else {
      throw .problem("its images are \(format.prefix(40)), where other layers' are not")
    }
    if layer.type.hasSuffix("1D"), format == "channels_first" {
      throw .problem("its sequences have their channels first; only channels_last is known here")
    }
  }

  /// The padding of the window: the layer's own, or the zeros that a layer before it put around the signal.
  static func padding(
    _ layer: KerasLayer, _ input: KerasValue, size: [Int], strides: [Int], dilation: [Int]
  ) throws(KerasStop) -> String {
    let own = try layer.fields.string("padding")?.lowercased() ?? "valid"
    guard ["valid", "same"].contains(own) else {
      throw .problem("its padding is \(own.prefix(40)), which has no counterpart")
    }
    guard let zeros = input.padding else { return own }
    guard own == "valid" else { throw .problem("zeros are put around its input twice") }
    if zeros.allSatisfy({ $0.before == $0.after }) { return text(zeros.map(\.before)) }
    // Zeros behind an even extent are what `same` would put there.
    let extents = Array(input.shape.dimensions.suffix(3).suffix(size.count))
    let axes = input.shape.dimensions.count == 3 ? extents : [input.shape.dimensions[0]]
    for (axis, extent) in axes.enumerated() {
      let output = (extent + strides[axis] - 1) / strides[axis]
      let total = max(0, (output - 1) * strides[axis] + dilation[axis] * (size[axis] - 1) + 1 - extent)
      guard total / 2 == zeros[axis].before, total - total / 2 == zeros[axis].after else {
        throw .problem("more zeros stand on one side of its input than on the other")
      }
    }
    return "same"
  }

  private static func channels(_ shape: Shape, rank: Int) throws(KerasStop) -> Int {
    switch shape {
    case .sequence(_, let features) where rank == 1: features
    case .image(let channels, _, _) where rank == 2: channels
    default: throw .problem("it takes \(rank == 1 ? "a sequence" : "an image"), got a signal of shape \(shape)")
    }
  }

  /// `Conv1D` and `Conv2D`.
  static func convolution(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let filters = try layer.fields.required("filters"), groups = try layer.fields.integer("groups") ?? 1
    var window = try window(k, layer)
    let (field, rest) = try activation(k, layer)
    let bias = try self.bias(layer, count: filters), hasBias = try hasBias(layer)
    _ = try KerasInitializer(layer.fields["kernel_initializer"], key: "kernel_initializer")
    _ = try padding(layer, KerasValue(node: "", shape: .features(1)), size: [], strides: [], dilation: [])
    try refuseArguments(layer)
    let input = try single(k, layer)
    let inputs = try channels(input.shape, rank: window.rank)
    guard groups > 0, inputs % groups == 0 else { throw .problem("\(groups) groups do not divide \(inputs) channels") }
    let rank = window.rank
    window.fields["padding"] = try padding(
      layer, input, size: window.size, strides: window.strides, dilation: window.dilation)
    let shape = window.size + [inputs / groups, filters]
    window.fields.merge([
      "channels": "\(filters)", "groups": "\(groups)", "activation": field, "bias": bias,
      "weights": try kernel(&k, layer, shape: shape),
    ]) { $1 }
    let value = try k.place(rank == 1 ? "conv1d" : "conv2d", window.fields, name: layer.name, inputs: [input])
    let taps = window.size.reduce(1, *)
    k.weigh(
      value, "weight", layer, "vars/0", "kernel", shape: shape,
      .kernel(taps: taps, inputs: inputs / groups, outputs: filters), count: taps * inputs / groups * filters)
    if hasBias { k.weigh(value, "bias", layer, "vars/1", "bias", shape: [filters], .vector(.same), count: filters) }
    return try k.finish(value, rest, name: layer.name)
  }

  /// The only input of a layer that may have zeros around it.
  private static func single(_ k: KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let all = try k.inputs(of: layer, takesPadding: true)
    guard all.count == 1 else { throw .problem("it takes one input, got \(all.count)") }
    return all[0]
  }

  /// One filter for each channel, as `DepthwiseConv2D` has it and the first half of `SeparableConv2D`.
  private static func perChannel(
    _ k: inout KerasLowering, _ layer: KerasLayer, name: String, title: String, activation: String?, bias: String?
  ) throws(KerasStop) -> (value: KerasValue, outputs: Int) {
    let multiplier = try layer.fields.integer("depth_multiplier") ?? 1
    guard (1...1024).contains(multiplier) else { throw .problem("depth_multiplier is \(multiplier); 1 to 1024 are known") }
    var window = try window(k, layer)
    let initializer = try KerasInitializer(
      layer.fields["depthwise_initializer"] ?? .string("glorot_uniform"), key: "depthwise_initializer")
    let input = try single(k, layer)
    let channels = try channels(input.shape, rank: window.rank)
    let taps = window.size.reduce(1, *)
    // Keras stores taps x channels x multiplier and takes the fans from there.
    let weights = try initializer?.withFans(
      (in: Double(taps * channels), out: Double(taps * multiplier)), taps: taps, key: "depthwise_initializer")
    let shape = window.size + [channels, multiplier]
    k.seed(initializer, shape: shape, of: "\(layer.name)/\(title)")
    window.fields["padding"] = try padding(
      layer, input, size: window.size, strides: window.strides, dilation: window.dilation)
    window.fields.merge([
      "channels": "\(channels * multiplier)", "groups": "\(channels)", "activation": activation,
      "bias": bias ?? "none", "weights": weights,
    ]) { $1 }
    let value = try k.place(window.rank == 1 ? "conv1d" : "conv2d", window.fields, name: name, inputs: [input])
    k.weigh(
      value, "weight", layer, "vars/0", title, shape: shape,
      .depthwise(taps: taps, channels: channels, multiplier: multiplier), count: taps * channels * multiplier)
    return (value, channels * multiplier)
  }

  /// `DepthwiseConv1D` and `DepthwiseConv2D`.
  static func depthwise(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let (field, rest) = try activation(k, layer)
    let input = try single(k, layer)
    let multiplier = try layer.fields.integer("depth_multiplier") ?? 1
    let channels = try channels(input.shape, rank: layer.type.hasSuffix("1D") ? 1 : 2)
    guard (1...1024).contains(multiplier) else { throw .problem("depth_multiplier is \(multiplier); 1 to 1024 are known") }
    try refuseArguments(layer)
    let (value, outputs) = try perChannel(
      &k, layer, name: layer.name, title: "kernel", activation: field,
      bias: try bias(layer, count: channels * multiplier))
    if try hasBias(layer) {
      k.weigh(value, "bias", layer, "vars/1", "bias", shape: [outputs], .vector(.same), count: outputs)
    }
    return try k.finish(value, rest, name: layer.name)
  }

  /// `SeparableConv1D` and `SeparableConv2D`: one filter for each channel, then a convolution with one tap.
  static func separable(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let filters = try layer.fields.required("filters")
    let (field, rest) = try activation(k, layer)
    let bias = try self.bias(layer, count: filters), hasBias = try hasBias(layer)
    _ = try KerasInitializer(layer.fields["pointwise_initializer"], key: "pointwise_initializer")
    try refuseArguments(layer)
    let (middle, channels) = try perChannel(
      &k, layer, name: "\(layer.name).depthwise", title: "depthwise_kernel", activation: nil, bias: nil)
    let rank = layer.type.hasSuffix("1D") ? 1 : 2
    let shape = Array(repeating: 1, count: rank) + [channels, filters]
    let value = try k.place(
      rank == 1 ? "conv1d" : "conv2d",
      [
        "channels": "\(filters)", "kernel": "1", "activation": field, "bias": bias,
        "weights": try kernel(&k, layer, "pointwise_initializer", shape: shape),
      ], name: layer.name, inputs: [middle])
    k.weigh(
      value, "weight", layer, "vars/1", "pointwise_kernel", shape: shape,
      .kernel(taps: 1, inputs: channels, outputs: filters), count: channels * filters)
    if hasBias { k.weigh(value, "bias", layer, "vars/2", "bias", shape: [filters], .vector(.same), count: filters) }
    return try k.finish(value, rest, name: layer.name)
  }

  /// `ZeroPadding1D` and `ZeroPadding2D`, which the convolution behind it takes over.
  static func zeroPadding(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let rank = layer.type.hasSuffix("1D") ? 1 : 2
    try checkFormat(k, layer)
    guard let padding = layer.fields["padding"] else { throw .problem("padding is missing") }
    var zeros: [(before: Int, after: Int)] = []
    if let one = padding.integer {
      zeros = Array(repeating: (one, one), count: rank)
    } else {
      let list = padding.array ?? []
      if rank == 1, list.count == 2, let before = list[0].integer, let after = list[1].integer {
        zeros = [(before, after)]
      } else {
        for item in list {
          if let one = item.integer {
            zeros.append((one, one))
          } else if let pair = item.array, pair.count == 2, let before = pair[0].integer, let after = pair[1].integer {
            zeros.append((before, after))
          }
        }
      }
    }
    guard zeros.count == rank, zeros.allSatisfy({ (0...1024).contains($0.before) && (0...1024).contains($0.after) }) else {
      throw .problem("padding is no list of \(rank) numbers or pairs in 0...1024")
    }
    var value = try k.input(of: layer)
    value.padding = zeros
    return value
  }
}
