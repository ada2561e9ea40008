import NetworkGraph

extension KerasOperators {
  /// `MaxPooling` and `AveragePooling`.
  static func pooling(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let window = try window(layer, "pool_size")
    try refuseArguments(layer)
    let input = try g.input(of: layer)
    _ = try channels(input, layer)
    let isMax = layer.type.hasPrefix("Max")
    var attributes = window.attributes
    attributes["dilations"] = nil
    let value = try g.emit(isMax ? "MaxPool" : "AveragePool", [g.channelsSecond(input, layer)], attributes)[0]
    return [
      g.measured(
        try g.signal(value, of: layer, from: [input]), isMax ? "max_pool" : "average_pool", name: layer.name,
        traits: [.pools, isMax ? .takesLargest : .averages, .channelsFirst], takesActivation: false)
    ]
  }

  /// `GlobalAveragePooling` and `GlobalMaxPooling`.
  static func globalPooling(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let input = try g.input(of: layer)
    _ = try channels(input, layer)
    let keeps = try layer.fields.boolean("keepdims", default: false), isMax = layer.type.contains("Max")
    let axes = try g.integers(Array(2..<input.rank))
    let value = try g.emit(
      isMax ? "ReduceMax" : "ReduceMean", [g.channelsSecond(input, layer), axes], ["keepdims": .integer(keeps ? 1 : 0)])[0]
    return [
      g.measured(
        try g.signal(value, of: layer, from: [input]), isMax ? "global_max_pool" : "global_average_pool", name: layer.name,
        traits: [.pools, isMax ? .takesLargest : .averages], takesActivation: false)
    ]
  }
}
