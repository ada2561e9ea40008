import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// Layers that make one signal of several, value by value: `Add`, `Multiply`, `Average` and their like.
  static func merging(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    try refuseArguments(layer)
    let inputs = try g.inputs(of: layer)
    if layer.type == "CustomScaleLayer" { return [try scaledSum(&g, layer, inputs)] }
    guard inputs.count > 1, layer.operands.count == inputs.count else { throw .problem("it takes two or more signals") }
    let kind: String
    switch layer.type {
    case "Add", "add", "Average": kind = "Add"
    case "Multiply": kind = "Mul"
    case "Subtract":
      guard inputs.count == 2 else { throw .problem("it takes two signals, got \(inputs.count)") }
      kind = "Sub"
    case "Maximum": kind = "Max"
    default: kind = "Min"
    }
    let aligned = try aligned(&g, inputs)
    var value = aligned.values[0]
    for other in aligned.values.dropFirst() { value = try g.emit(kind, [value, other])[0] }
    if layer.type == "Average" { value = try g.emit("Mul", [value, g.constant(1 / Float(inputs.count))])[0] }
    return [combined(&g, value, aligned.isMoved, inputs, kind, layer)]
  }

  /// The sum of a signal and a multiple of another, as Keras's InceptionResNetV2 has it.
  private static func scaledSum(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ inputs: [KerasSignal]
  ) throws(KerasStop) -> KerasSignal {
    guard inputs.count == 2, let scale = try layer.fields.number("scale") else { throw .problem("it takes two signals") }
    let aligned = try aligned(&g, inputs)
    let branch = try g.emit("Mul", [aligned.values[1], g.constant(Float(scale))])[0]
    let value = try g.emit("Add", [aligned.values[0], branch])[0]
    return combined(&g, value, aligned.isMoved, inputs, "Add", layer)
  }

  /// The values of signals in one layout, with axes of one element behind the samples where some have fewer than others.
  private static func aligned(
    _ g: inout KerasGraphBuilder, _ inputs: [KerasSignal]
  ) throws(KerasStop) -> (values: [ValueID], isMoved: Bool) {
    let rank = inputs.map(\.rank).max() ?? 0
    // Signals that come from convolutions stay as those have them.
    let isMoved = inputs.contains(where: \.isMoved) && inputs.allSatisfy { $0.rank == rank }
    var values: [ValueID] = []
    for input in inputs {
      var value = try isMoved ? g.moved(input) : g.plain(input)
      if input.rank < rank { value = try g.emit("Unsqueeze", [value, g.integers(Array(1...rank - input.rank))])[0] }
      values.append(value)
    }
    return (values, isMoved)
  }

  /// The measuring point of a signal that several make together.
  private static func combined(
    _ g: inout KerasGraphBuilder, _ value: ValueID, _ isMoved: Bool, _ inputs: [KerasSignal], _ kind: String,
    _ layer: KerasLayer
  ) -> KerasSignal {
    var result = g.signal(value, from: inputs)
    if isMoved, result.rank > 2 {
      result.isMoved = true
      result.extents = [result.extents[0]] + Array(result.extents[2...]) + [result.extents[1]]
    }
    switch kind {
    case "Add", "Sub":
      return g.measured(result, "sum", name: layer.name, traits: [.elementwise, .sums, .joins])
    case "Mul": return g.measured(result, "gate", name: layer.name, traits: [.elementwise, .joins], takesActivation: false)
    default:
      return g.measured(result, kind.lowercased(), name: layer.name, traits: [.elementwise, .joins], takesActivation: false)
    }
  }

  /// `Concatenate` along any axis.
  static func concatenate(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let axis = try layer.fields.integer("axis") ?? -1, inputs = try g.inputs(of: layer)
    var values: [ValueID] = []
    // Images of convolutions are joined along their channels as they are.
    let rank = inputs[0].rank, isLast = axis == -1 || axis == rank - 1
    let isMoved = isLast && inputs.allSatisfy(\.isMoved)
    for input in inputs { values.append(try isMoved ? input.value : g.plain(input)) }
    let value = try g.emit("Concat", values, ["axis": .integer(isMoved ? 1 : axis)])[0]
    var result = g.signal(value, from: inputs)
    if isMoved { (result.isMoved, result.extents) = (true, inputs[0].extents.dropLast() + [result.extents[1]]) }
    return [
      g.measured(result, "concatenate", name: layer.name, traits: [.permutes, .joins], takesActivation: false)
    ]
  }

  /// `Dot`: sums of products along one axis of each signal.
  static func dot(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let inputs = try g.inputs(of: layer)
    guard inputs.count == 2, inputs.allSatisfy({ (2...8).contains($0.rank) }) else { throw .problem("it takes two signals") }
    // One number stands for both signals' axes.
    guard let pair = try layer.fields.extents("axes", rank: 2) else { throw .problem("axes is missing") }
    var axes: [Int] = []
    for (axis, input) in zip(pair, inputs) {
      let place = axis < 0 ? axis + input.rank : axis
      guard (1..<input.rank).contains(place) else { throw .problem("axes is no axis behind the samples") }
      axes.append(place)
    }
    var values = [try g.plain(inputs[0]), try g.plain(inputs[1])]
    if try layer.fields.boolean("normalize", default: false) {
      for place in 0..<2 {
        values[place] = try g.emit("LpNormalization", [values[place]], ["axis": .integer(axes[place]), "p": .integer(2)])[0]
      }
    }
    // Letters: a for samples, b for the common axis, others for the rest.
    let letters = Array("cdefghijklmnopqrstuv").map(String.init)
    var terms = ["a", "a"], result = "a", next = 0
    for place in 0..<2 {
      for axis in 1..<inputs[place].rank {
        if axis == axes[place] {
          terms[place] += "b"
        } else {
          terms[place] += letters[next]
          result += letters[next]
          next += 1
        }
      }
    }
    var value = try g.emit("Einsum", values, ["equation": .text("\(terms[0]),\(terms[1])->\(result)")])[0]
    if result == "a" { value = try g.emit("Unsqueeze", [value, g.integers([1])])[0] }
    return [g.measured(g.signal(value, from: inputs), "product", name: layer.name, traits: [.joins, .featuresLast])]
  }
}
