extension KerasLayers {
  /// A layer that only applies an activation: it becomes that of the layer before it.
  static func activation(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    guard let activation = try KerasActivation.ofLayer(layer.type, layer.fields, version: k.version) else {
      throw .problem("there is no such layer here")
    }
    try refuseArguments(layer)
    let input = try k.input(of: layer)
    switch activation {
    case .none: return input
    case .softmax: return try k.finish(input, .softmax, name: layer.name)
    case .function(let name):
      guard k.isOnlyReader(layer) else {
        throw .problem(
          "it stands alone: the result of '\(layer.inputs[0].prefix(80))' is also used without it, and activations belong to a "
            + "layer here")
      }
      guard k.merge(name, into: input.node) else {
        throw .problem("it stands alone: '\(layer.inputs[0].prefix(80))' before it can have no activation, or has one")
      }
      return input
    }
  }
}
