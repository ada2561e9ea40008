import NetworkGraph

extension KerasOperators {
  /// `Dense`, along the last axis of whatever it reads.
  static func dense(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let units = try size(layer, "units")
    try refuseArguments(layer)
    let input = try g.input(of: layer), inputs = input.features
    guard input.rank > 1 else { throw .problem("it takes samples with features") }
    let matrix = try matrix(&g, layer, inputs: inputs, units: units)
    let bias = try bias(&g, layer, count: units)
    let value = try product(&g, g.plain(input), matrix.value, bias?.value)
    let result = g.measured(
      g.signal(value, from: [input]), "linear", name: layer.name,
      parameters: [matrix.place] + (bias.map { [$0.place] } ?? []),
      traits: [.contracts, .rowPerUnit, .featuresLast])
    return [try finish(&g, result, layer)]
  }

  /// A kernel of inputs x units, as Keras stores it.
  static func matrix(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, inputs: Int, units: Int
  ) throws(KerasStop) -> (value: ValueID, place: Int) {
    let initializer = try kernel(&g, layer, stored: [inputs, units])
    return try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "kernel", stored: [inputs, units], layout: .vector(.same), extents: [inputs, units],
        role: .weight, weightShape: WeightShape(outputs: units, inputs: inputs), isTransposed: true,
        initializer: initializer.specification))
  }

  /// x W + b.
  static func product(
    _ g: inout KerasGraphBuilder, _ x: ValueID, _ matrix: ValueID, _ bias: ValueID?
  ) throws(KerasStop) -> ValueID {
    if g.type(x).shape.rank == 2 { return try g.emit("Gemm", [x, matrix, bias])[0] }
    let product = try g.emit("MatMul", [x, matrix])[0]
    guard let bias else { return product }
    return try g.emit("Add", [product, bias])[0]
  }
}
