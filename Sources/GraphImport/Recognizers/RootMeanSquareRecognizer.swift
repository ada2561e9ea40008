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
      guard isDeviation(deviation, of: signal, isInverse: kind == "Mul", in: index) else { continue }
      let isCentred = centred(signal, in: index)
      var found = Recognition(
        kind: isCentred ? "layer_norm" : "rms_norm", anchor: node, preactivation: output,
        parameters: early.map { [($0, .gain)] } ?? [], traits: [.normalizes, .featuresLast])
      var value = output
      for _ in 0..<2 {
        guard let next = index.onlyConsumer(value), ["Mul", "Add"].contains(index.kind(next)),
          let other = index.graph.nodes[next].inputs.first(where: { $0 != value }) ?? nil, let held = index.held(other),
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

  /// Whether a value is the (inverse) root of the mean square of a signal.
  private static func isDeviation(_ value: ValueID, of signal: ValueID, isInverse: Bool, in index: GraphIndex) -> Bool {
    var value = value, sawRoot = false, sawInverse = false
    for _ in 0..<6 {
      guard let node = index.producer[value.index] else { return false }
      let inputs = index.graph.nodes[node].inputs
      switch index.kind(node) {
      case "Reciprocal": sawInverse = true
      case "Sqrt": sawRoot = true
      case "Pow":
        guard let power = index.scalar(inputs.count > 1 ? inputs[1] : nil), abs(power) == 0.5 else { return false }
        sawRoot = true
        if power < 0 { sawInverse = true }
      case "Div":
        guard index.scalar(inputs[0]) == 1, inputs.count == 2, let next = inputs[1] else { return false }
        sawInverse = true
        value = next
        continue
      case "Add", "Max", "Clip", "Cast":
        guard let next = inputs.compactMap(\.self).first(where: { index.isSignal($0) }) else { return false }
        value = next
        continue
      case "ReduceMean":
        return sawRoot && sawInverse == isInverse && isSquare(inputs.first ?? nil, of: signal, in: index)
      default: return false
      }
      guard let next = inputs.first ?? nil else { return false }
      value = next
    }
    return false
  }

  private static func isSquare(_ value: ValueID?, of signal: ValueID, in index: GraphIndex, depth: Int = 0) -> Bool {
    guard let value, let node = index.producer[value.index], depth < 8 else { return false }
    let inputs = index.graph.nodes[node].inputs
    switch index.kind(node) {
    case "Pow": return inputs.first == signal && index.scalar(inputs.count > 1 ? inputs[1] : nil) == 2
    case "Mul": return inputs.count == 2 && inputs[0] == inputs[1] && inputs[0] == signal
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
