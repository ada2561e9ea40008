import NetworkGraph

/// A normalization that is one operator: batch, layer, group, instance or RMS.
enum NormalizationRecognizer: Recognizer {
  private static let kinds = [
    "BatchNormalization": "batch_norm", "LayerNormalization": "layer_norm", "GroupNormalization": "group_norm",
    "InstanceNormalization": "instance_norm", "RMSNormalization": "rms_norm", "LpNormalization": "lp_norm",
    "MeanVarianceNormalization": "instance_norm", "LRN": "local_response_norm",
  ]

  /// The others normalize channels of images.
  private static let featuresLast: Set<String> = ["layer_norm", "rms_norm", "lp_norm"]

  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    // Weights that are standardized before a layer reads them are no signal.
    guard let kind = kinds[index.kind(node)], let output = index.graph.nodes[node].outputs.first ?? nil,
      index.isSignal(index.graph.nodes[node].inputs.first ?? nil)
    else { return nil }
    var traits: OperatorTraits = kind == "batch_norm" ? [.normalizes, .overBatch] : [.normalizes]
    traits.insert(featuresLast.contains(kind) ? .featuresLast : .channelsFirst)
    var found = Recognition(kind: kind, anchor: node, preactivation: output, traits: traits)
    let inputs = index.graph.nodes[node].inputs
    if inputs.count > 1, let gain = index.held(inputs[1]) { found.parameters.append((gain, .gain)) }
    if inputs.count > 2, let shift = index.held(inputs[2]) { found.parameters.append((shift, .shift)) }
    if kind == "instance_norm" { absorbGroups(&found, output, in: index) }
    return found
  }

  /// Group normalization before opset 18 is an instance normalization of reshaped channels, and gain and shift behind it.
  private static func absorbGroups(_ found: inout Recognition, _ output: ValueID, in index: GraphIndex) {
    var value = output, isGroup = false
    while let next = index.onlyConsumer(value), let result = index.graph.nodes[next].outputs.first ?? nil {
      let kind = index.kind(next), inputs = index.graph.nodes[next].inputs
      if kind == "Reshape" {
        value = result
        isGroup = true
        continue
      }
      guard isGroup, ["Mul", "Add"].contains(kind), let other = inputs.first(where: { $0 != value }),
        let held = index.held(other)
      else { break }
      found.parameters.append((held, kind == "Mul" ? .gain : .shift))
      value = result
    }
    guard isGroup else { return }
    found.kind = "group_norm"
    found.preactivation = value
  }
}
