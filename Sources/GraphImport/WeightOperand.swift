import NetworkGraph

/// The trainable tensor behind the weights of a product or convolution, which other operators may shape first.
///
/// Weight and spectral normalization, weights times a constant, one of several matrices in one tensor (`in_proj_weight`, the
/// experts of a mixture): the layer's weights are elements of one trainable tensor, scaled or cut out.
struct WeightOperand {
  /// The tensor, and whether the operand has its last two axes exchanged.
  var held: GraphIndex.Held
  /// Whether the operand is the tensor itself, possibly in another order.
  var isWhole: Bool
  /// Whether something is multiplied with or added to the elements on the way.
  var isChanged: Bool
}

extension GraphIndex {
  /// The trainable tensor whose elements a value holds; nil where there is none, or where the elements are sums of products.
  ///
  /// - Parameters:
  ///   - value: What a product or convolution reads as weights.
  ///   - forSamples: Whether each sample may have a kernel of its own, which the data scale.
  func weightOperand(_ value: ValueID?, forSamples: Bool = false) -> WeightOperand? {
    if let held = held(value) { return WeightOperand(held: held, isWhole: true, isChanged: false) }
    guard let value else { return nil }
    var front: [(value: ValueID, isTransposed: Bool, isChanged: Bool)] = [(value, false, false)]
    var seen: Set<ValueID> = []
    while !front.isEmpty, seen.count < 256 {
      let (current, isTransposed, isChanged) = front.removeFirst()
      guard seen.insert(current).inserted else { continue }
      switch graph[current].source {
      case .parameter(let place):
        guard type(current).shape.rank > 1 else { continue }
        return WeightOperand(
          held: Held(parameter: place, isTransposed: isTransposed), isWhole: false, isChanged: isChanged)
      case .result(let node, _):
        let inputs = graph.nodes[node].inputs, kind = kind(node)
        if Self.passing.contains(kind) || Self.cutting.contains(kind) {
          // Vectors that ids of the data choose are signals; matrices that they choose are the weights of experts.
          guard let source = inputs.first ?? nil,
            !dependsOnData[current.index] || kind != "Gather" || type(source).shape.rank > 2
          else { continue }
          front.append((source, isTransposed != exchangesLastAxes(node), isChanged))
        } else if Self.standardizing.contains(kind), let source = inputs.first ?? nil, !dependsOnData[source.index] {
          front.append((source, isTransposed, true))
        } else if Self.scaling.contains(kind) {
          // What has as many elements is scaled; what is repeated is the scale. A sum of two signals is none of weights.
          let count = type(current).shape.count
          let sources = (kind == "Div" ? inputs.prefix(1) : inputs[...]).compactMap(\.self)
          for source in sources where type(source).shape.count == count && !dependsOnData[source.index] {
            front.append((source, isTransposed, true))
          }
          if forSamples, kind == "Mul" { front += kernelsForSamples(current, inputs).map { ($0, isTransposed, true) } }
        }
      default: continue
      }
    }
    return nil
  }

  /// Which of the factors of a value holds the elements of a kernel that the data scale, another way for each sample: the
  /// modulated convolutions of StyleGAN 2.
  private func kernelsForSamples(_ value: ValueID, _ factors: [ValueID?]) -> [ValueID] {
    let shape = type(value).shape, factors = factors.compactMap(\.self)
    // Samples, outputs, inputs, and at least one axis of places.
    guard shape.rank >= 4, dependsOnData[value.index] else { return [] }
    return factors.filter { factor in
      let own = type(factor).shape
      return dependsOnData[factor.index]
        ? own == shape && factors.contains { type($0).shape.count < shape.count }
        : own.rank == shape.rank && own[0] == 1 && own.extents.dropFirst() == shape.extents.dropFirst()
          || own.extents == Array(shape.extents.dropFirst())
    }
  }

  /// A trainable vector, or a piece of one.
  func heldPiece(_ value: ValueID?) -> Held? {
    if let held = held(value) { return held }
    var value = value
    for _ in 0..<64 {
      guard let current = value else { return nil }
      switch graph[current].source {
      case .parameter(let place): return Held(parameter: place, isTransposed: false)
      case .result(let node, _):
        guard Self.passing.contains(kind(node)) || Self.cutting.contains(kind(node)) else { return nil }
        value = graph.nodes[node].inputs.first ?? nil
      default: return nil
      }
    }
    return nil
  }

  /// The trainable tensors that scale the elements of weights on their way, smaller than the weights themselves.
  ///
  /// - Parameters:
  ///   - value: What a product or convolution reads as weights.
  ///   - operand: The tensor whose elements they are.
  func scales(of value: ValueID, except operand: WeightOperand) -> [(held: Held, use: TensorUse)] {
    guard operand.isChanged else { return [] }
    let (parameters, kinds) = ancestors(of: value), main = graph.parameters[operand.held.parameter].shape
    let others = parameters.filter { $0 != operand.held.parameter && graph.parameters[$0].shape.count < main.count }.sorted()
    return others.map { place in
      let shape = graph.parameters[place].shape
      // Weight normalization: the weights are v g / |v|, one length g for each row of v or for all of it.
      let isLength = others.count == 1 && kinds.contains("ReduceL2")
      let axes = (0..<main.rank).filter { shape.count == main[$0] && (shape.rank != main.rank || shape[$0] == main[$0]) }
      let use: TensorUse =
        isLength && (shape.count == 1 || !axes.isEmpty)
        ? .length(of: operand.held.parameter, axis: shape.count == 1 ? nil : axes.first) : .gain
      return (Held(parameter: place, isTransposed: false), use)
    }
  }

  /// Every trainable tensor on which a value depends without the graph's inputs.
  func ancestors(of value: ValueID) -> (parameters: Set<Int>, kinds: Set<String>) {
    var front = [value], seen: Set<ValueID> = [], found: Set<Int> = [], kinds: Set<String> = []
    while let value = front.popLast(), seen.count < 1024 {
      guard !dependsOnData[value.index], seen.insert(value).inserted else { continue }
      switch graph[value].source {
      case .parameter(let place): found.insert(place)
      case .result(let node, _):
        kinds.insert(kind(node))
        front += graph.nodes[node].inputs.compactMap(\.self)
      default: break
      }
    }
    return (found, kinds)
  }

  /// Operators that take some of a tensor's elements, or repeat them.
  static let cutting: Set<String> = ["Slice", "Split", "SequenceAt", "Gather", "Expand"]
  /// Operators that bring elements to mean zero and variance one.
  private static let standardizing: Set<String> = [
    "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization",
  ]
  /// Operators that multiply or shift elements one by one.
  private static let scaling: Set<String> = ["Mul", "Div", "Add", "Sub", "Where"]

  /// Whether a node exchanges the last two axes of a tensor.
  func exchangesLastAxes(_ node: Int) -> Bool {
    guard kind(node) == "Transpose", let output = graph.nodes[node].outputs.first ?? nil else { return false }
    let rank = type(output).shape.rank
    guard rank >= 2 else { return false }
    guard case .ints(let order)? = origins[node].attributes["perm"], order.count == rank else { return rank == 2 }
    return order[rank - 1] == rank - 2 && order[rank - 2] == rank - 1
  }
}
