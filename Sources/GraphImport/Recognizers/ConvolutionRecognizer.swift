import NetworkGraph

/// A convolution or transposed convolution with a trainable kernel.
enum ConvolutionRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    let kind = index.kind(node)
    guard ["Conv", "ConvTranspose"].contains(kind), let output = index.graph.nodes[node].outputs.first ?? nil else {
      return nil
    }
    let inputs = index.graph.nodes[node].inputs
    guard inputs.count >= 2, let kernel = inputs[1], let operand = index.weightOperand(kernel, forSamples: true) else {
      return nil
    }
    // A piece of a tensor has the fans of the whole, which is drawn as one.
    let read = index.type(kernel).shape, stored = index.graph.parameters[operand.held.parameter].shape
    let isForSamples = !operand.isWhole && index.dependsOnData[kernel.index] && stored.count > 0
    let shape = stored.rank == read.rank && stored.count != read.count && !isForSamples ? stored : read
    guard shape.rank >= 3, shape.count > 0 else { return nil }
    var groups = 1
    if case .int(let value)? = index.origins[node].attributes["group"] { groups = max(1, value) }
    let taps = Array(shape.extents.dropFirst(2))
    // Conv stores outputs x inputs of one group, ConvTranspose inputs x outputs of one group.
    let isTransposed = kind == "ConvTranspose"
    var outputs = isTransposed ? shape[1] * groups : shape[0], channels = isTransposed ? shape[0] : shape[1] * groups
    // A kernel for each sample is one group for each.
    let samples = isForSamples ? shape.count / stored.count : 1
    if samples > 1, [groups, outputs, channels].allSatisfy({ $0 % samples == 0 }) {
      (groups, outputs, channels) = (groups / samples, outputs / samples, channels / samples)
    }
    guard outputs % groups == 0, channels % groups == 0, taps.allSatisfy({ $0 > 0 }) else { return nil }
    var weights = WeightShape(outputs: outputs, inputs: channels, taps: taps, groups: groups)
    if isTransposed { weights.strides = strides(node, in: index, rank: taps.count) }
    var found = Recognition(
      kind: isTransposed ? "transposed_convolution" : "convolution", anchor: node, preactivation: output,
      parameters: [(operand.held, .weight(weights, isStoredTransposed: isTransposed, isShaped: !operand.isWhole))],
      traits: [.contracts, .rowPerUnit, .channelsFirst])
    if inputs.count > 2, let bias = index.heldPiece(inputs[2]) { found.parameters.append((bias, .bias(fan: weights))) }
    found.parameters += index.scales(of: kernel, except: operand)
    return found
  }

  private static func strides(_ node: Int, in index: GraphIndex, rank: Int) -> [Int] {
    guard case .ints(let values)? = index.origins[node].attributes["strides"], values.count == rank else {
      return [Int](repeating: 1, count: rank)
    }
    return values.map { max(1, $0) }
  }
}
