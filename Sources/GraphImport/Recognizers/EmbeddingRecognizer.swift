import NetworkGraph

/// A table of vectors that ids choose from.
enum EmbeddingRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard index.kind(node) == "Gather", let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    let inputs = index.graph.nodes[node].inputs
    // One row that the model takes out by its number is no table: factors of one layer may lie in one tensor.
    guard inputs.count > 1, let table = inputs[0], let ids = inputs[1],
      index.dependsOnData[ids.index] || index.type(ids).shape.count > 1, let held = index.held(table),
      index.type(table).shape.rank == 2,
      index.type(table).shape.count > 0
    else { return nil }
    let shape = index.type(table).shape
    return Recognition(
      kind: "embedding", anchor: node, preactivation: output,
      parameters: [
        (held, .weight(WeightShape(outputs: shape[0], inputs: shape[1]), isStoredTransposed: held.isTransposed))
      ], traits: [.readsTokens, .featuresLast], takesActivation: false)
  }
}
