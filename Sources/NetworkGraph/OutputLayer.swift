/// Finds a network's output layer, so that everything agrees on which layers are hidden.
///
/// It is the last layer with weights where only layers without parameters follow it that read one signal: a softmax or
/// another activation, a flatten, dropout, a pooling, the choice or the order of steps. A network that ends in a sum, in
/// a concatenation or in a normalization has no such layer, and its last node is taken. Hidden layers are all layers
/// before the output layer.
package enum OutputLayer {
  /// What layers do that may follow the output layer: each reads one signal, and has no parameters.
  private static let followers: [OperatorTraits] = [.producesProbabilities, .permutes, .stochastic, .pools, .activates]

  /// Whether a layer with these traits may follow the output layer.
  private static func follows(_ traits: OperatorTraits) -> Bool {
    !traits.contains(.joins) && followers.contains(where: traits.contains)
  }

  /// The index of the output layer among `count` layers, from 0; 0 without layers.
  package static func index(count: Int, mayFollow: (Int) -> Bool, hasWeights: (Int) -> Bool) -> Int {
    var place = count - 1
    while place > 0, !hasWeights(place), mayFollow(place) { place -= 1 }
    return place >= 0 && hasWeights(place) ? place : max(0, count - 1)
  }

  fileprivate static func index(in nodes: [Network.Node]) -> Int {
    index(count: nodes.count, mayFollow: { follows(nodes[$0].layer.traits) }) { place in
      nodes[place].layer.weightShape(from: nodes[place].inputShapes) != nil
    }
  }
}

extension Network {
  /// The place of the output layer in `nodes`: the last layer with weights before a closing softmax, flatten, dropout or
  /// pooling; the last node where there is none such.
  public var outputIndex: Int { OutputLayer.index(in: nodes) }

  /// All nodes before the output layer.
  public var hiddenNodes: ArraySlice<Node> { nodes.prefix(outputIndex) }
}
