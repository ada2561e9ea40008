import NetworkGraph

extension KerasOperators {
  /// A signal in another shape, in Keras's order of values.
  static func reshaped(
    _ g: inout KerasGraphBuilder, _ input: KerasSignal, _ extents: [Int]
  ) throws(KerasStop) -> KerasSignal {
    let value = try g.emit("Reshape", [g.plain(input), g.integers(extents)])[0]
    return g.signal(value, from: [input])
  }

  /// `Flatten`, always in the order of channels last.
  static func flatten(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    var input = try g.input(of: layer)
    if input.rank == 2 { return [input] }
    if input.rank > 2, try hasChannelsFirst(layer) {
      input = try exchanged(&g, input, [0] + Array(2..<input.rank) + [1])
    }
    return [try reshaped(&g, input, [input.extents[0], -1])]
  }

  private static func exchanged(
    _ g: inout KerasGraphBuilder, _ input: KerasSignal, _ order: [Int]
  ) throws(KerasStop) -> KerasSignal {
    g.signal(try g.emit("Transpose", [g.plain(input)], ["perm": .integers(order)])[0], from: [input])
  }

  /// `Reshape`.
  static func reshape(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    guard let target = try layer.fields.shape("target_shape") else { throw .problem("target_shape is missing") }
    let input = try g.input(of: layer), extents = target.map { $0 ?? -1 }
    guard extents.allSatisfy({ $0 == -1 || $0 > 0 }) else { throw .problem("target_shape is no shape") }
    do {
      return [try reshaped(&g, input, [input.extents[0]] + extents)]
    } catch {
      let shape = KerasGraphBuilder.text(Array(input.extents.dropFirst()))
      throw .problem("\(shape) values do not make \(extents.map { "\($0)" }.joined(separator: " x "))")
    }
  }

  /// `Permute`, whose axes count from 1.
  static func permute(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    guard let order = try layer.fields.extents("dims", rank: input.rank - 1), order.sorted() == Array(1..<input.rank) else {
      throw .problem("dims is no order of its \(input.rank - 1) axes")
    }
    return [try exchanged(&g, input, [0] + order)]
  }

  /// `RepeatVector`: the same features at so many steps.
  static func repeatVector(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let count = try size(layer, "n"), input = try g.input(of: layer)
    guard input.rank == 2 else { throw .problem("it takes a vector, got a signal of \(input.rank - 1) axes") }
    let row = try g.emit("Unsqueeze", [g.plain(input), g.integers([1])])[0]
    return [g.signal(try g.emit("Tile", [row, g.integers([1, count, 1])])[0], from: [input])]
  }

  // MARK: Edges

  /// Numbers before and behind each axis: one for all, one for each axis, or pairs.
  private static func edges(_ layer: KerasLayer, _ key: String) throws(KerasStop) -> [(before: Int, after: Int)] {
    let rank = rank(layer)
    guard let declared = layer.fields[key] else { throw .problem("\(key) is missing") }
    var edges: [(before: Int, after: Int)] = []
    if let one = declared.integer {
      edges = Array(repeating: (one, one), count: rank)
    } else {
      let list = declared.array ?? []
      if rank == 1, list.count == 2, let before = list[0].integer, let after = list[1].integer {
        edges = [(before, after)]
      } else {
        for item in list {
          if let one = item.integer {
            edges.append((one, one))
          } else if let pair = item.array, pair.count == 2, let before = pair[0].integer, let after = pair[1].integer {
            edges.append((before, after))
          }
        }
      }
    }
    let range = 0...(1 << 16)
    guard edges.count == rank, edges.allSatisfy({ range.contains($0.before) && range.contains($0.after) }) else {
      throw .problem("\(key) is no list of \(rank) numbers or pairs in 0...\(range.upperBound)")
    }
    return edges
  }

  private static func padded(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ edges: [(before: Int, after: Int)]
  ) throws(KerasStop) -> [KerasSignal] {
    let input = try g.input(of: layer)
    _ = try channels(input, layer)
    let pads = [0, 0] + edges.map(\.before) + [0, 0] + edges.map(\.after)
    let value = try g.emit("Pad", [g.channelsSecond(input, layer), g.integers(pads)])[0]
    return [try g.signal(value, of: layer, from: [input])]
  }

  /// `ZeroPadding`.
  static func zeroPadding(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try padded(&g, layer, edges(layer, "padding"))
  }

  /// `Cropping`.
  static func cropping(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let edges = try edges(layer, "cropping")
    let input = try g.input(of: layer)
    _ = try channels(input, layer)
    let first = try hasChannelsFirst(layer) ? 2 : 1
    for (axis, edge) in edges.enumerated() where edge.before + edge.after >= input.extents[first + axis] {
      throw .problem("it crops all of an extent of \(input.extents[first + axis])")
    }
    return try padded(&g, layer, edges.map { (-$0.before, -$0.after) })
  }

  /// `UpSampling`: values repeated, or interpolated between.
  static func upsampling(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let rank = rank(layer)
    let factors = try layer.fields.extents("size", rank: rank) ?? Array(repeating: 2, count: rank)
    guard factors.allSatisfy({ (1...1024).contains($0) }) else { throw .problem("size must lie in 1...1024") }
    let input = try g.input(of: layer)
    _ = try channels(input, layer)
    let mode = try layer.fields.string("interpolation") ?? "nearest"
    guard ["nearest", "bilinear"].contains(mode) else {
      throw .problem("its interpolation is \(mode.prefix(40)); nearest and bilinear are known")
    }
    let scales = try g.floats([rank + 2]) { _ in [1, 1] + factors.map(Float.init) }
    let value = try g.emit(
      "Resize", [g.channelsSecond(input, layer), nil, scales],
      mode == "nearest"
        ? ["mode": .text("nearest"), "coordinate_transformation_mode": .text("asymmetric"), "nearest_mode": .text("floor")]
        : ["mode": .text("linear"), "coordinate_transformation_mode": .text("half_pixel")])[0]
    return [try g.signal(value, of: layer, from: [input])]
  }
}
