import NetworkGraph

/// RMS normalization written out: Pow 2, ReduceMean, Add, Sqrt, Reciprocal (or Div), Mul, and Mul with a trainable gain.
///
/// The same for layer normalization written out, whose squares are taken after a mean was subtracted.
enum RootMeanSquareRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    // The node that divides by the deviation is the anchor.
    let kind = index.kind(node), inputs = index.graph.nodes[node].inputs
    guard kind == "Mul" || kind == "Div", inputs.count == 2, let output = index.graph.nodes[node].outputs.first ?? nil else {
      return nil
    }
    let places = kind == "Div" ? [1] : [0, 1]
    for place in places {
      guard let deviation = inputs[place], var signal = inputs[1 - place], index.isSignal(signal) else { continue }
      // The gain may be multiplied before the division: gain * x / deviation.
      var early: GraphIndex.Held?
      if let product = index.producer[signal.index], index.kind(product) == "Mul", index.onlyConsumer(signal) == node,
        let gain = index.graph.nodes[product].inputs.compactMap({ index.held($0) }).first,
        let factor = index.graph.nodes[product].inputs.first(where: { index.isSignal($0) }) ?? nil
      {
        (early, signal) = (gain, factor)
      }
      guard let mean = meanSquare(deviation, of: signal, isInverse: kind == "Mul", in: index) else { continue }
      let isCentred = centred(signal, in: index), hasChannelsFirst = reducesChannels(mean, in: index)
      var found = Recognition(
        kind: isCentred ? "layer_norm" : "rms_norm", anchor: node, preactivation: output,
        parameters: early.map { [($0, .gain)] } ?? [],
        traits: [.normalizes, hasChannelsFirst ? .channelsFirst : .featuresLast])
      var value = output
      for _ in 0..<2 {
        // The result may go back to a shorter float type first.
        while let cast = index.onlyConsumer(value), ["Cast", "CastLike"].contains(index.kind(cast)),
          index.graph.nodes[cast].inputs.first == value, let result = index.graph.nodes[cast].outputs.first ?? nil
        {
          value = result
        }
        guard let next = index.onlyConsumer(value), ["Mul", "Add"].contains(index.kind(next)),
          let other = index.graph.nodes[next].inputs.first(where: { $0 != value }) ?? nil,
          let held = index.held(other) ?? onePlus(other, in: index),
          let result = index.graph.nodes[next].outputs.first ?? nil
        else { break }
        found.parameters.append((held, index.kind(next) == "Mul" ? .gain : .shift))
        value = result
      }
      found.preactivation = value
      return found
    }
    return nil
  }

  /// The gain w of a factor 1 + w, as Gemma has it.
  private static func onePlus(_ value: ValueID, in index: GraphIndex) -> GraphIndex.Held? {
    guard let node = index.producer[value.index], index.kind(node) == "Add" else { return nil }
    let inputs = index.graph.nodes[node].inputs
    guard inputs.contains(where: { index.scalar($0) == 1 }) else { return nil }
    return inputs.lazy.compactMap { index.held($0) }.first
  }

  /// Whether the mean is taken over the second of several axes: channels of an image.
  private static func reducesChannels(_ node: Int, in index: GraphIndex) -> Bool {
    let axes = axes(node, in: index)
    return axes.list == [1] && axes.rank > 2
  }

  /// The axes of a reduction, by attribute or as an input, counted from the front; nil where they are not known.
  private static func axes(_ node: Int, in index: GraphIndex) -> (list: [Int]?, rank: Int) {
    let inputs = index.graph.nodes[node].inputs, rank = (inputs.first ?? nil).map { index.type($0).shape.rank } ?? 0
    var list: [Int]?
    if case .ints(let values)? = index.origins[node].attributes["axes"] { list = values.map { Int($0) } }
    if inputs.count > 1, let value = inputs[1] { list = index.constants[value.index]?.integers }
    return (list?.map { $0 < 0 ? $0 + rank : $0 }, rank)
  }

  /// The node that takes the mean, where a value is the (inverse) root of the mean square of a signal; nil for others.
  private static func meanSquare(
    _ value: ValueID, of signal: ValueID, isInverse: Bool, in index: GraphIndex
  ) -> Int? {
    var value = value, sawRoot = false, sawInverse = false
    for _ in 0..<10 {
      guard let node = index.producer[value.index] else { return nil }
      let inputs = index.graph.nodes[node].inputs
      switch index.kind(node) {
      case "Reshape", "Expand", "Unsqueeze", "Squeeze": break
      case "Reciprocal": sawInverse = true
      case "Sqrt": sawRoot = true
      case "Pow":
        guard let power = index.scalar(inputs.count > 1 ? inputs[1] : nil), abs(power) == 0.5 else { return nil }
        sawRoot = true
        if power < 0 { sawInverse = true }
      case "Div" where inputs.count == 2 && index.scalar(inputs[0]) == 1:
        guard let next = inputs[1] else { return nil }
        sawInverse = true
        value = next
        continue
      // An unbiased variance is n / (n - 1) times the mean square.
      case "Add", "Max", "Clip", "Cast", "Mul", "Div":
        let own = inputs.compactMap(\.self).filter { index.isSignal($0) }
        guard own.count == 1, ["Add", "Max", "Clip", "Cast"].contains(index.kind(node)) || sawRoot else { return nil }
        value = own[0]
        continue
      case "ReduceMean":
        return sawRoot && sawInverse == isInverse && isSquare(inputs.first ?? nil, of: signal, in: index) ? node : nil
      default: return nil
      }
      guard let next = inputs.first ?? nil else { return nil }
      value = next
    }
    return nil
  }

  /// Whether two values are one, or computed twice in the same way, as an export without shared expressions has them.
  private static func areSame(_ a: ValueID?, _ b: ValueID?, in index: GraphIndex, depth: Int = 0) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    if a == b { return true }
    guard depth < 3, let first = index.producer[a.index], let second = index.producer[b.index],
      index.kind(first) == index.kind(second)
    else { return false }
    let left = index.graph.nodes[first].inputs, right = index.graph.nodes[second].inputs
    switch index.kind(first) {
    case "Sub", "Cast":
      return left.count == right.count
        && zip(left, right).allSatisfy { areSame($0, $1, in: index, depth: depth + 1) }
    case "ReduceMean":
      return axes(first, in: index).list == axes(second, in: index).list
        && areSame(left.first ?? nil, right.first ?? nil, in: index, depth: depth + 1)
    default: return false
    }
  }

  private static func isSquare(_ value: ValueID?, of signal: ValueID, in index: GraphIndex, depth: Int = 0) -> Bool {
    guard let value, let node = index.producer[value.index], depth < 8 else { return false }
    let inputs = index.graph.nodes[node].inputs
    switch index.kind(node) {
    case "Pow":
      return areSame(inputs.first ?? nil, signal, in: index) && index.scalar(inputs.count > 1 ? inputs[1] : nil) == 2
    case "Mul": return inputs.count == 2 && inputs[0] == inputs[1] && areSame(inputs[0], signal, in: index)
    case "Cast": return isSquare(inputs.first ?? nil, of: signal, in: index, depth: depth + 1)
    default: return false
    }
  }

  private static func centred(_ signal: ValueID, in index: GraphIndex) -> Bool {
    guard let node = index.producer[signal.index], index.kind(node) == "Sub",
      let mean = index.graph.nodes[node].inputs.last ?? nil, let source = index.producer[mean.index]
    else { return false }
    return index.kind(source) == "ReduceMean"
  }
}
