import NetworkGraph

extension KerasLayers {
  /// `Flatten`, which keeps Keras's order of values there and ours here.
  static func flatten(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    try flattened(&k, layer, k.input(of: layer))
  }

  private static func flattened(
    _ k: inout KerasLowering, _ layer: KerasLayer, _ input: KerasValue
  ) throws(KerasStop) -> KerasValue {
    if case .features = input.shape { return input }
    var value = try k.place("flatten", [:], name: layer.name, inputs: [input])
    if case .image(let channels, let height, let width) = input.shape, !k.hasChannelsFirst, channels > 1, height * width > 1
    {
      value.order = .pieces([.image(channels: channels, height: height, width: width)])
    }
    return value
  }

  /// `Reshape` where it changes nothing here, or makes a vector.
  static func reshape(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    guard let declared = try layer.fields.shape("target_shape") else { throw .problem("target_shape is missing") }
    let input = try k.input(of: layer)
    var target = declared.map { $0 ?? -1 }
    let known = target.filter { $0 != -1 }
    var product = 1
    for extent in known {
      guard (1...Shape.largestExtent).contains(extent), product <= Shape.largestExtent else {
        throw .problem("target_shape is no shape")
      }
      product *= extent
    }
    if target.count - known.count == 1, let open = target.firstIndex(of: -1), product > 0 {
      target[open] = input.shape.count / product
      product *= target[open]
    }
    guard target.allSatisfy({ $0 > 0 }), product == input.shape.count else {
      throw .problem("\(input.shape.count) values do not make \(text(target))")
    }
    if target.count == 1 { return try flattened(&k, layer, input) }
    if let wanted = try? k.shape(target), wanted == input.shape, input.order == .same { return input }
    throw .problem("reshaping \(input.shape) has no counterpart; only vectors can be made, and the model's input reshaped")
  }

  /// Two or more signals side by side along the last axis, or an image's channels.
  static func concatenate(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let axis = try layer.fields.integer("axis") ?? -1
    let inputs = try k.inputs(of: layer)
    guard inputs.count > 1 else { return inputs[0] }
    let rank = inputs[0].shape.dimensions.count
    let wanted = rank == 3 && k.hasChannelsFirst ? [1, -3] : [rank, -1]
    guard wanted.contains(axis) else {
      throw .problem("it joins along axis \(axis); only features and channels can be joined")
    }
    var value = try k.place("concatenate", [:], name: layer.name, inputs: inputs)
    if rank == 1 { value.order = .joined(inputs.map { ($0.order, $0.shape.count) }) }
    return value
  }

  /// The sum of two or more signals.
  static func add(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    try refuseArguments(layer)
    let inputs = try k.inputs(of: layer)
    guard inputs.count > 1 else { throw .problem("it adds a constant, which has no counterpart") }
    guard inputs.allSatisfy({ $0.order == inputs[0].order }) else {
      throw .problem("it adds vectors whose values stand in another order here than in Keras")
    }
    var value = try k.place("add", [:], name: layer.name, inputs: inputs)
    value.order = inputs[0].order
    return value
  }

  /// An operation of TensorFlow in a functional model of Keras 2, of which sums have a counterpart.
  static func operation(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let function = try layer.fields.string("function") ?? ""
    guard ["math.add", "__operators__.add"].contains(function) else {
      throw .problem("the operation \(function.prefix(80)) has no counterpart")
    }
    return try add(&k, layer)
  }

  /// `Identity`, and what an audit treats so.
  static func identity(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    try k.input(of: layer)
  }
}
