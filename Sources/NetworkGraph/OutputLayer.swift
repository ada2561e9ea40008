/// Finds a network's output layer, so that everything agrees on which layers are hidden.
///
/// It is the last layer with weights where only layers without parameters follow it that read one signal: a softmax or
/// another activation, a flatten, dropout, a pooling, the choice or the order of steps. A network that ends in a sum, in
/// a concatenation or in a normalization has no such layer, and its last node is taken. Hidden layers are all layers
/// before the output layer.
package enum OutputLayer {
  /// Kinds of layers that may follow the output layer: they read one signal and have no parameters.
  private static let followers: Set<String> = [
    Softmax.kind, Flatten.kind, Dropout.kind, MaxPool.kind, AveragePool.kind, GlobalAveragePool.kind, LastStep.kind,
    ActivationLayer.kind, Reverse.kind,
  ]

  /// The index of the output layer among `count` layers, from 0; 0 without layers.
  package static func index(count: Int, kind: (Int) -> String, hasWeights: (Int) -> Bool) -> Int {
    var place = count - 1
    while place > 0, followers.contains(kind(place)) { place -= 1 }
    return place >= 0 && hasWeights(place) ? place : max(0, count - 1)
  }
}

extension Network {
  /// The place of the output layer in `nodes`: the last layer with weights before a closing softmax, flatten, dropout or
  /// pooling; the last node where there is none such.
  public var outputIndex: Int {
    OutputLayer.index(count: nodes.count, kind: { nodes[$0].layer.kind }) { place in
      nodes[place].layer.weightShape(from: nodes[place].inputShapes) != nil
    }
  }

  /// All nodes before the output layer.
  public var hiddenNodes: ArraySlice<Node> { nodes.prefix(outputIndex) }
}
