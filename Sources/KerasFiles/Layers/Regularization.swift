import NetworkGraph

extension KerasLayers {
  /// `Dropout` of single values.
  static func dropout(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let rate = try layer.fields.number("rate") ?? 0
    if layer.fields["noise_shape"]?.array?.contains(where: { !$0.isNull }) == true {
      throw .problem("it drops whole rows (noise_shape)")
    }
    let input = try k.input(of: layer)
    var value = try k.place("dropout", ["rate": "\(rate)"], name: layer.name, inputs: [input])
    value.order = input.order
    return value
  }

  /// Dropout of whole channels, which a training pass alone has: left out where its rate is 0, else refused.
  static func spatialDropout(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    guard try layer.fields.number("rate") ?? 0 == 0 else {
      throw .problem("it drops whole channels; only Dropout is known here")
    }
    return try k.input(of: layer)
  }

  /// Noise that a training pass alone has.
  static func noise(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let value = try k.input(of: layer)
    k.note(.dropout, layer.name)
    return value
  }

  /// What prepares samples, where nothing but other such layers stands before it.
  static func preprocessing(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let value = try k.input(of: layer)
    guard value.node == Network.inputName else {
      throw .problem("it stands behind other layers; only at the input it has a counterpart, which is --scaling")
    }
    k.note(.preprocessing, layer.name)
    return value
  }

  /// Random changes of images in training.
  static func augmentation(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let value = try k.input(of: layer)
    k.note(.dropout, layer.name)
    return value
  }
}
