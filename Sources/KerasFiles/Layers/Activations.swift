extension KerasLayers {
  /// A layer that only applies an activation.
  static func activation(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    guard let activation = try KerasActivation.ofLayer(layer.type, layer.fields, version: k.version) else {
      throw .problem("there is no such layer here")
    }
    try refuseArguments(layer)
    let input = try k.input(of: layer)
    switch activation {
    case .none: return input
    case .softmax, .foreign: return try k.finish(input, activation, name: layer.name)
    case .function(let name):
      if layer.type == "PReLU" { k.expectSlopes(of: layer, name) }
      // It becomes the activation of the layer before it, where that layer's result goes nowhere else.
      if k.isOnlyReader(layer), k.merge(name, into: input.node) { return input }
      var value = try k.place("activation", ["function": name], name: layer.name, inputs: [input])
      value.order = input.order
      return value
    }
  }
}
