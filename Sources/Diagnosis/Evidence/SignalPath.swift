import NetworkGraph
import SignalPropagation

/// Follows the measured signal through a network: where it is zero, whether by design, and whether a path leads around.
///
/// A layer is zero by design where its weights or gain are declared to be zeros: the last layer of a residual branch
/// (Fixup, zero-gamma), LayerScale 0, SkipInit, a zero output layer. A layer that an activation cuts off is not.
struct SignalPath {
  private let network: Network
  private let layers: [LayerResult]
  private let inputs: [[Int]]

  /// A weight or gain that starts from zeros.
  struct ZeroTensor {
    var role: ParameterTensor.Role
    /// Whether it gets a gradient, so that its first step wakes it; nil where that was not measured.
    var hasGradient: Bool?
  }

  /// Whether some path from the input to the output avoids the layer.
  let isBypassed: [Bool]
  /// Whether the signal reaches the layer's output from the input through layers that are not zero.
  let isAlive: [Bool]
  /// The weights and gains of each layer that are declared as zeros.
  let zeroTensors: [[ZeroTensor]]
  /// Whether the gradient of the layer's activation is exactly zero because all its readers are zero by design.
  let isGradientZeroByDesign: [Bool]
  /// Whether any input value is not zero.
  let hasInput: Bool
  let outputIndex: Int

  init(_ run: InitializerRun, _ context: RuleContext) {
    let network = context.network, layers = run.layers
    let growth = GrowthPath(network)
    let inputs = growth.inputs
    self.network = network
    self.layers = layers
    self.inputs = inputs
    isBypassed = growth.isBypassed
    outputIndex = network.outputIndex
    let hasInput = context.input.secondMoment != 0 || network.tokenVocabulary != nil
    let values = Dictionary(run.parameters.map { ($0.name, $0.values) }) { first, _ in first }
    let gradients = Dictionary(run.parameters.map { ($0.name, $0.gradient) }) { first, _ in first }
    let zeros = zip(network.nodes, layers).map { Self.zeroTensors($0, $1, values, gradients, context) }
    let declares = zeros.map { !$0.isEmpty }
    (self.hasInput, zeroTensors) = (hasInput, zeros)
    var alive = [Bool](repeating: false, count: layers.count)
    for place in layers.indices {
      let arrives = inputs[place].contains { $0 < 0 ? hasInput : alive[$0] }
      alive[place] = arrives && !Self.isZero(layers[place].activation)
    }
    isAlive = alive
    var readers = [[Int]](repeating: [], count: layers.count)
    for (place, sources) in inputs.enumerated() {
      for source in sources where source >= 0 { readers[source].append(place) }
    }
    var excused = [Bool](repeating: false, count: layers.count)
    for place in layers.indices.reversed() where Self.isZero(layers[place].gradient) {
      excused[place] = readers[place].allSatisfy { declares[$0] || Self.isZero(layers[$0].gradient) && excused[$0] }
    }
    isGradientZeroByDesign = excused
  }

  /// Whether a weight or gain of the layer is declared as zeros.
  func declaresZeros(_ place: Int) -> Bool { !zeroTensors[place].isEmpty }

  /// Whether zeros of the layer get a gradient. What is zero only because of them has a signal after the first step.
  func wakes(_ place: Int) -> Bool { zeroTensors[place].contains { $0.hasGradient == true } }

  /// The cause, in a finding's evidence, of what ends with the first step: zeros in the only path that get a gradient.
  static let wakingCause = "zero weights"

  /// Whether a finding is about zeros that wake up by themselves, so that it says nothing of what becomes of the network.
  static func isOfWakingZeros(_ finding: Finding) -> Bool { finding.evidence["cause"] == .text(wakingCause) }

  /// Whether zeros of the layer are known to get no gradient, so that nothing ever moves them.
  func isStuck(_ place: Int) -> Bool {
    declaresZeros(place) && zeroTensors[place].allSatisfy { $0.hasGradient == false }
  }

  /// Whether the signal reaches the output layer.
  var arrives: Bool { inputs[outputIndex].contains { $0 < 0 ? hasInput : isAlive[$0] } }

  /// Whether a signal that is not zero reaches the layer.
  func isFed(_ place: Int) -> Bool { inputs[place].contains { $0 < 0 ? hasInput : isAlive[$0] } }

  /// Layers that are zero by design and get a signal.
  var zeroByDesign: [Int] {
    layers.indices.filter { declaresZeros($0) && isFed($0) && Self.isZero(layers[$0].activation) }
  }

  /// Layers that are declared zero and get only zeros from another such layer that gets no gradient, so that neither ever
  /// learns.
  var zeroUponZero: [Int] {
    layers.indices.filter { place in
      declaresZeros(place) && hasInput && !isFed(place) && Self.isZero(layers[place].activation)
        && inputs[place].contains { $0 >= 0 && hasZeroAbove($0) }
    }
  }

  /// Sums whose gain is zero and gets no gradient, since the branch that it multiplies ends in zeros that get none either;
  /// with those zeros. Neither ever moves.
  var gainsUponZeros: [(sum: Int, zeros: Int)] {
    layers.indices.flatMap { place -> [(sum: Int, zeros: Int)] in
      guard zeroTensors[place].contains(where: { $0.role == .gain && $0.hasGradient == false }), isFed(place) else {
        return []
      }
      return inputs[place].compactMap { source in
        var above = source
        while above >= 0, !isAlive[above], !declaresZeros(above) { above = inputs[above].first ?? -1 }
        return above >= 0 && above != place && declaresZeros(above) && isStuck(above) ? (place, above) : nil
      }
    }
  }

  /// Whether the layer's zeros are caused by a layer that is zero by design and stays so.
  private func hasZeroAbove(_ place: Int) -> Bool {
    var place = place
    while true {
      if declaresZeros(place) { return !wakes(place) }
      guard let source = inputs[place].first, source >= 0 else { return false }
      place = source
    }
  }

  /// Whether every value is exactly zero, in every replica.
  static func isZero(_ signal: SignalSummary) -> Bool {
    signal.log10SecondMoment == nil && signal.secondMoment == 0 && signal.nonFinite == 0
  }

  private static func zeroTensors(
    _ node: Network.Node, _ layer: LayerResult, _ values: [String: WeightSummary],
    _ gradients: [String: ParameterSummary.Gradient?], _ context: RuleContext
  ) -> [ZeroTensor] {
    let first = node.parameters.first { $0.role == .weight }?.name
    return node.parameters.filter { isZero($0, isFirst: $0.name == first, node, layer, values, context) }.map { tensor in
      var hasGradient: Bool?
      if let gradient = gradients[tensor.path(in: node.name)] ?? nil {
        hasGradient = gradient.secondMoment > 0 || gradient.log10SecondMoment != nil
      } else if tensor.name == first, let gradient = layer.weightGradient {
        hasGradient = !isZero(gradient)
      }
      return ZeroTensor(role: tensor.role, hasGradient: hasGradient)
    }
  }

  /// Whether a weight or gain is declared as zeros.
  private static func isZero(
    _ tensor: ParameterTensor, isFirst: Bool, _ node: Network.Node, _ layer: LayerResult,
    _ values: [String: WeightSummary], _ context: RuleContext
  ) -> Bool {
    guard tensor.role == .weight || tensor.role == .gain else { return false }
    let given =
      isFirst ? context.given.weights[node.name] : context.given.parameters[tensor.path(in: node.name)]
    if let given { return given.allSatisfy { $0 == 0 } }
    let law = context.assignment.law(for: tensor, of: node.name)
    guard law == .unknown else { return law.rootMeanSquare(tensor.shape) == 0 }
    // A file whose weights are zeros means them to be.
    let own = values[tensor.path(in: node.name)] ?? (isFirst ? layer.weights : nil)
    return own.map { $0.min == 0 && $0.max == 0 && $0.nonFinite == 0 } ?? false
  }
}
