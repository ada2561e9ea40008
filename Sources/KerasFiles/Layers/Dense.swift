import NetworkGraph

extension KerasLayers {
  /// `Dense`, on features and on each step of a sequence; on an image's channels, a convolution with one tap.
  static func dense(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let units = try layer.fields.required("units")
    guard (1...(1 << 20)).contains(units) else {
      throw .problem("units must lie in 1...\(1 << 20), got \(units)")
    }
    let (field, rest) = try activation(k, layer)
    let bias = try self.bias(layer, count: units), hasBias = try hasBias(layer)
    _ = try KerasInitializer(layer.fields["kernel_initializer"], key: "kernel_initializer")
    try refuseArguments(layer)
    let input = try k.input(of: layer)
    let inputs: Int
    let value: KerasValue
    switch input.shape {
    case .features(let count):
      inputs = count
    case .sequence(_, let features): inputs = features
    case .image(let channels, _, _):
      guard !k.hasChannelsFirst else { throw .problem("it acts on an image's width, which has no counterpart") }
      inputs = channels
    }
    let weights = try kernel(&k, layer, shape: [inputs, units])
    if case .image = input.shape {
      value = try k.place(
        "conv2d", ["channels": "\(units)", "kernel": "1", "activation": field, "weights": weights, "bias": bias],
        name: layer.name, inputs: [input])
    } else {
      value = try k.place(
        "dense", ["units": "\(units)", "activation": field, "weights": weights, "bias": bias], name: layer.name,
        inputs: [input])
    }
    k.weigh(
      value, "weight", layer, "vars/0", "kernel", shape: [inputs, units],
      .matrix(inputs: inputs, outputs: units, input.order), count: inputs * units)
    if hasBias { k.weigh(value, "bias", layer, "vars/1", "bias", shape: [units], .vector(.same), count: units) }
    return try k.finish(value, rest, name: layer.name)
  }
}
