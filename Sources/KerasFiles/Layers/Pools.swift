import NetworkGraph

extension KerasLayers {
  /// Max and average pooling over windows.
  static func pooling(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let rank = layer.type.hasSuffix("1D") ? 1 : 2
    let size = try layer.fields.extents("pool_size", rank: rank) ?? Array(repeating: 2, count: rank)
    let strides = try layer.fields.extents("strides", rank: rank) ?? size
    for (key, values) in [("pool_size", size), ("strides", strides)] { try checkExtents(values, key) }
    try checkFormat(k, layer)
    let isMax = layer.type.hasPrefix("Max")
    let all = try k.inputs(of: layer, takesPadding: true)
    guard all.count == 1 else { throw .problem("it takes one input, got \(all.count)") }
    // Zeros never exceed what a ReLU lets through; they would count in a mean.
    if all[0].padding != nil {
      guard isMax, ["relu", "relu6"].contains(k.activation(of: all[0].node) ?? "") else {
        throw .problem("zeros around its input count in it, which has no counterpart")
      }
    }
    let padding = try self.padding(
      layer, all[0], size: size, strides: strides, dilation: Array(repeating: 1, count: rank))
    guard all[0].shape.dimensions.count == rank + 1 else {
      throw .problem("it takes \(rank == 1 ? "a sequence" : "an image"), got a signal of shape \(all[0].shape)")
    }
    return try k.place(
      isMax ? "max_pool" : "average_pool", ["size": text(size), "stride": text(strides), "padding": padding],
      name: layer.name, inputs: all)
  }

  /// Global pooling: means have a layer of their own; a maximum, and what keeps its axes, is taken over a window
  /// as large as the signal.
  static func globalPooling(_ k: inout KerasLowering, _ layer: KerasLayer) throws(KerasStop) -> KerasValue {
    let keepsAxes = try layer.fields.boolean("keepdims", default: false)
    try checkFormat(k, layer)
    let rank = layer.type.hasSuffix("1D") ? 1 : 2
    let input = try k.input(of: layer)
    guard input.shape.dimensions.count == rank + 1 else {
      throw .problem("it takes \(rank == 1 ? "a sequence" : "an image"), got a signal of shape \(input.shape)")
    }
    let isMax = layer.type.contains("Max")
    guard isMax || keepsAxes else { return try k.place("global_average_pool", [:], name: layer.name, inputs: [input]) }
    let size: [Int]
    switch input.shape {
    case .image(_, let height, let width): size = [height, width]
    case .sequence(let steps, _): size = [steps]
    case .features: size = []
    }
    guard size.allSatisfy({ $0 <= 1024 }) else {
      throw .problem("it pools \(text(size)) positions; 1024 on an axis are known")
    }
    let kind = isMax ? "max_pool" : "average_pool"
    guard !keepsAxes else { return try k.place(kind, ["size": text(size)], name: layer.name, inputs: [input]) }
    let pooled = try k.place(kind, ["size": text(size)], name: "\(layer.name).max", inputs: [input])
    return try k.place("flatten", [:], name: layer.name, inputs: [pooled])
  }
}
