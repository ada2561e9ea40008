import NetworkGraph

extension KerasOperators {
  /// What passes its input on: `Identity`, and what an audit treats so.
  static func passed(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    var input = try g.input(of: layer)
    // An activation behind belongs to the point before only where nothing else reads it.
    if !g.isOnlyReader(layer) { input.point = nil }
    return [input]
  }

  /// Dropout and noise, which a training pass alone has.
  static func dropout(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    // A rate of 0 leaves nothing out.
    let rate = try layer.fields.number("rate") ?? (layer.type.hasSuffix("Dropout") ? 0 : 1)
    if rate != 0 { g.notes.note(.dropout, layer.name) }
    return try passed(&g, layer)
  }

  /// `Masking`: every step counts.
  static func masking(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    g.notes.note(.maskedSteps, layer.name)
    return try passed(&g, layer)
  }

  /// `Rescaling`, for arrays that are given; drawn values need none.
  static func rescaling(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    guard g.hasGivenInputs else {
      g.notes.note(.drawnUnscaled, layer.name)
      return try passed(&g, layer)
    }
    guard let scale = try layer.fields.number("scale") else { throw .problem("scale is no single number") }
    let offset = try layer.fields.number("offset") ?? 0, input = try g.input(of: layer)
    var value = try g.emit("Mul", [input.value, g.constant(Float(scale))])[0]
    if offset != 0 { value = try g.emit("Add", [value, g.constant(Float(offset))])[0] }
    var result = input
    (result.value, result.point) = (value, nil)
    return [result]
  }

  /// `Normalization` by moments that the configuration holds, for arrays that are given.
  static func normalization(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    guard g.hasGivenInputs else {
      g.notes.note(.drawnUnscaled, layer.name)
      return try passed(&g, layer)
    }
    guard let mean = numbers(layer.fields["mean"]), let variance = numbers(layer.fields["variance"]) else {
      throw .problem("its moments are not in the configuration; normalize the arrays before the model")
    }
    let input = try g.input(of: layer), features = input.features
    guard [1, features].contains(mean.count), mean.count == variance.count, variance.allSatisfy({ $0 >= 0 }) else {
      throw .problem("its moments are not those of its \(features) features")
    }
    let invert = try layer.fields.boolean("invert", default: false)
    guard !invert else { throw .problem("it undoes a normalization (invert)") }
    // Keras divides by at least its epsilon.
    let means = try g.floats([mean.count]) { _ in mean.map(Float.init) }
    let deviations = try g.floats([mean.count]) { _ in variance.map { Float(max($0.squareRoot(), 1e-7)) } }
    let value = try g.emit("Div", [g.emit("Sub", [g.plain(input), means])[0], deviations])[0]
    return [g.signal(value, from: [input])]
  }

  /// Numbers in a list of lists.
  private static func numbers(_ value: JSONValue?) -> [Double]? {
    guard let value else { return nil }
    if let number = value.number { return number.isFinite ? [number] : nil }
    guard let list = value.array else { return nil }
    var all: [Double] = []
    for item in list {
      guard let part = numbers(item) else { return nil }
      all += part
    }
    return all
  }
}
