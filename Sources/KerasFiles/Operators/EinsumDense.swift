import NetworkGraph

extension KerasOperators {
  /// `EinsumDense`: a product over the axes that an equation names.
  static func einsumDense(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let input = try g.input(of: layer), text = try layer.fields.string("equation") ?? ""
    let sides = text.filter { $0 != " " }.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2, sides[0].hasSuffix("-"), text.utf8.count <= 64 else { throw .problem("its equation is \(text)") }
    let terms = sides[0].dropLast().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard terms.count == 2 else { throw .problem("its equation is \(text)") }
    // Axes behind `...` get letters of their own.
    let hidden = "ZYXWVUTS".prefix(max(0, input.rank - terms[0].filter(\.isLetter).count))
    let read = Array(terms[0].replacing("...", with: hidden)), weights = Array(terms[1])
    let written = Array(sides[1].replacing("...", with: hidden))
    guard read.count == input.rank, (read + weights + written).allSatisfy(\.isLetter), Set(weights).count == weights.count,
      written.first == read.first
    else { throw .problem("its equation is \(text), which does not fit a signal of \(input.rank) axes") }
    var sizes = Dictionary(zip(read, input.extents), uniquingKeysWith: { first, _ in first })
    let declared = layer.fields["output_shape"]
    let outputs = declared?.integer.map { [JSONValue.number("\($0)")] } ?? declared?.array ?? []
    for (letter, extent) in zip(written.reversed(), outputs.reversed()) where sizes[letter] == nil {
      sizes[letter] = extent.integer
    }
    var stored: [Int] = []
    for letter in weights {
      guard let size = sizes[letter], size > 0 else { throw .problem("output_shape leaves the axis \(letter) open") }
      stored.append(size)
    }
    try checkSize(stored, "kernel")
    let isKept = weights.map { written.contains($0) }
    guard !weights.contains(where: { read.contains($0) && written.contains($0) }) else {
      throw .problem("its kernel has an axis for each of its input's (\(text))")
    }
    let rows = zip(stored, isKept).reduce(1) { $1.1 ? $0 * $1.0 : $0 }
    let columns = zip(stored, isKept).reduce(1) { $1.1 ? $0 : $0 * $1.0 }
    let initializer = try kernel(&g, layer, stored: stored)
    var specification = initializer.specification
    if g.version.argument != nil, stored.count > 2, initializer.scaling != nil {
      // Until Keras 3.14 fans were those of a convolution of that shape.
      let field = stored.dropLast(2).reduce(1, *)
      let fans = (in: Double(stored[stored.count - 2] * field), out: Double(stored[stored.count - 1] * field))
      specification = try initializer.withFans(fans, taps: columns, key: "kernel_initializer")
    }
    let matrix = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "kernel", stored: stored, layout: .vector(.same), extents: stored, role: .weight,
        weightShape: WeightShape(outputs: rows, inputs: columns), isTransposed: isKept.firstIndex(of: true) != 0,
        initializer: specification))
    var value = try g.emit(
      "Einsum", [g.plain(input), matrix.value], ["equation": .text("\(String(read)),\(terms[1])->\(String(written))")])[0]
    var parameters = [matrix.place]
    if let axes = try layer.fields.string("bias_axes"), let first = written.firstIndex(where: axes.contains) {
      let extents = written[first...].map { axes.contains($0) ? sizes[$0] ?? 1 : 1 }
      try checkSize(extents, "bias")
      let declared = try KerasLayers.vector(layer, "bias_initializer", count: extents.reduce(1, *)) ?? "keras.zeros"
      let bias = try g.parameter(
        layer,
        KerasTensor(
          source: "vars/1", title: "bias", stored: extents, layout: .vector(.same), extents: extents, role: .bias,
          initializer: declared))
      value = try g.emit("Add", [value, bias.value])[0]
      parameters.append(bias.place)
    }
    let result = g.measured(
      g.signal(value, from: [input]), "linear", name: layer.name, parameters: parameters,
      traits: [.contracts, .featuresLast])
    return [try finish(&g, result, layer)]
  }
}
