import NetworkGraph

extension KerasLayers {
  /// The axis of a normalization, which may be written as a list.
  private static func axis(_ layer: KerasLayer, rank: Int) throws(KerasStop) -> Int {
    guard let declared = layer.fields["axis"] else { return rank }
    let list = declared.array ?? [declared]
    guard list.count == 1, let axis = list[0].integer else { throw .problem("it normalizes along several axes") }
    return axis < 0 ? rank + 1 + axis : axis
  }

  /// Gain and shift of so many values.
  private static func fields(_ layer: KerasLayer, count: Int) throws(KerasStop) -> [String: String?] {
    let epsilon = try layer.fields.number("epsilon") ?? 1e-3
    let hasGain = try layer.fields.boolean("scale", default: true),
      hasShift = try layer.fields.boolean("center", default: true)
    return [
      "epsilon": "\(epsilon)",
      "gain": hasGain ? try vector(layer, "gamma_initializer", count: count) ?? "keras.ones" : "none",
      "shift": hasShift ? try vector(layer, "beta_initializer", count: count) ?? "keras.zeros" : "none",
    ]
  }

  private static func weigh(
    _ k: inout KerasLowering, _ layer: KerasLayer, _ value: KerasValue, _ order: FeatureOrder, _ count: Int
  )
    throws(KerasStop)
  {
    var place = 0
    if try layer.fields.boolean("scale", default: true) {
      k.weigh(value, "gain", layer, "vars/0", "gamma", shape: [count], .vector(order), count: count)
      place = 1
    }
    if try layer.fields.boolean("center", default: true) {
      k.weigh(value, "shift", layer, "vars/\(place)", "beta", shape: [count], .vector(order), count: count)
    }
  }

  /// `BatchNormalization`. Its momentum is the weight of the old moments in Keras, of the new ones here.
  static func batchNormalization(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let momentum = try layer.fields.number("momentum") ?? 0.99
    guard (0...1).contains(momentum) else { throw .problem("momentum is \(momentum); 0 to 1 are known") }
    try layer.fields.require("renorm", false, because: "its moments are renormalized (renorm)")
    try refuseArguments(layer, except: ["mask"])
    let input = try k.input(of: layer)
    let rank = input.shape.dimensions.count
    let channelAxis = rank == 3 && k.hasChannelsFirst ? 1 : rank
    let own = try axis(layer, rank: rank)
    guard own == channelAxis else { throw .problem("it normalizes along axis \(own), not along features or channels") }
    let count = BatchNorm.units(of: input.shape)
    var fields = try fields(layer, count: count)
    // 1 - 0.99 in ten digits, which is what was meant.
    fields["momentum"] = "\(((1 - momentum) * 1e10).rounded() / 1e10)"
    var value = try k.place("batch_norm", fields, name: layer.name, inputs: [input])
    value.order = input.order
    try weigh(&k, layer, value, input.order, count)
    k.note(.movingAverages, layer.name)
    return value
  }

  /// `LayerNormalization` of a vector, or of each step of a sequence.
  static func layerNormalization(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    try layer.fields.require("rms_scaling", false, because: "it divides by the mean square alone (rms_scaling)")
    try refuseArguments(layer)
    let input = try k.input(of: layer)
    let rank = input.shape.dimensions.count
    guard rank < 3 else { throw .problem("it normalizes the channels at each place of an image, which has no counterpart") }
    let own = try axis(layer, rank: rank)
    guard own == rank else { throw .problem("it normalizes along axis \(own), not along the features") }
    let count = LayerNorm.columns(of: input.shape)
    var value = try k.place("layer_norm", try fields(layer, count: count), name: layer.name, inputs: [input])
    value.order = input.order
    try weigh(&k, layer, value, input.order, count)
    return value
  }
}
