import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds which of theory's assumptions a network breaks, where theory and measurement disagree.
struct FailedAssumption {
  /// The assumption's name in a finding's evidence.
  var name: String
  var sentence: String
  /// Whether it is biases that have a mean.
  var isBiasMean: Bool { name == "bias mean" }
  /// Whether theory is at fault, and not the network.
  var isTheorys: Bool { name == "finite width" || name == "structured input" }

  /// Finds the assumption that fails at or before the first moment that disagrees. Backward signals have passed all layers.
  static func find(
    _ run: InitializerRun, _ moment: TheoryDisagreement.Moment, _ context: RuleContext
  ) -> FailedAssumption {
    let nodes = zip(run.layers, context.network.nodes).filter { moment.isBackward || $0.0.index <= moment.layer }
    for (layer, node) in nodes {
      if let found = declared(node, context) { return found }
      if let found = duplicates(layer) ?? measuredMean(layer, context) ?? wrongVariance(layer, context) { return found }
    }
    let isGaussian = context.input.source == "gaussian"
    if !isGaussian, moment.layer == 1 || moment.isBackward == false && moment.steps <= 2 {
      return FailedAssumption(
        name: "structured input",
        sentence: """
          Theory knows only the size of the inputs and their mean cosine. This input has more structure, such as a few \
          directions that carry most of it, and the first layers see that.
          """)
    }
    let spread = moment.standardError * Double(context.replicas).squareRoot() * log(10)
    if spread > 0.2 {
      return FailedAssumption(
        name: "finite width",
        sentence: """
          Independent drawings differ by \(MessageNumber.percent(spread, digits: 2)) at this width and depth, more than \
          theory's correction for finite width covers: trust the measured interval, or audit a wider network.
          """)
    }
    if !isGaussian {
      return FailedAssumption(
        name: "structured input",
        sentence:
          "No other assumption fails, so that it is probably the structure of the input: theory knows only "
          + "its size and mean cosine."
      )
    }
    return FailedAssumption(
      name: "unexplained",
      sentence: """
        No assumption of theory is seen to fail. Audit again with another --seed; if it happens again, look for weights \
        that are not drawn as declared.
        """)
  }

  /// The assumption that a layer breaks by what it is declared to start from; nil where it breaks none.
  static func declared(_ node: Network.Node, _ context: RuleContext) -> FailedAssumption? {
    declaredMean(node, context) ?? dependence(node, context) ?? fewInputs(node, context)
  }

  /// Weights that are mostly zeros: a sum over few inputs is not normal. Its excess kurtosis is (3 / share - 3) / inputs,
  /// where `share` of the weights is not zero, and moves second moments behind a nonlinearity by as much in parts of one.
  private static func fewInputs(_ node: Network.Node, _ context: RuleContext) -> FailedAssumption? {
    guard let shape = node.layer.weightShape(from: node.inputShapes), shape.outputs > 0,
      case .sparse(let zeros, _)? = context.assignment.weightLaw(for: node), zeros < shape.outputs
    else { return nil }
    let share = 1 - Double(zeros) / Double(shape.outputs), inputs = Double(shape.fans.fanIn)
    guard (3 / share - 3) / inputs > mostExcessKurtosis else { return nil }
    return FailedAssumption(
      name: "few inputs",
      sentence: """
        Only about \(shortNumber(share * inputs, digits: 2)) of its \(shape.fans.fanIn) inputs reach each unit of layer \
        \(node.name), and theory assumes a sum over many.
        """)
  }

  /// Theory's second moments are then off by at most about a tenth.
  private static let mostExcessKurtosis = 0.1

  private static func declaredMean(_ node: Network.Node, _ context: RuleContext) -> FailedAssumption? {
    guard let shape = node.layer.weightShape(from: node.inputShapes) else { return nil }
    if let law = context.assignment.weightLaw(for: node), isIndependent(law), let mean = law.mean(shape), mean != 0 {
      return weightMean(node.name, mean)
    }
    if let law = context.assignment.biasLaw(for: node), let mean = law.mean(shape), mean != 0 {
      return FailedAssumption(
        name: "bias mean",
        sentence: "The biases of layer \(node.name) have the mean \(shortNumber(mean, digits: 3)), and theory assumes 0.")
    }
    return nil
  }

  private static func weightMean(_ name: String, _ mean: Double) -> FailedAssumption {
    FailedAssumption(
      name: "weight mean",
      sentence: """
        The weights of layer \(name) have the mean \(shortNumber(mean, digits: 3)), and theory assumes 0. A mean adds up \
        over the inputs of a unit instead of averaging out.
        """)
  }

  private static func isIndependent(_ law: WeightLaw) -> Bool {
    switch law {
    case .identity, .dirac, .deltaOrthogonal: false
    default: true
    }
  }

  private static func dependence(_ node: Network.Node, _ context: RuleContext) -> FailedAssumption? {
    guard let law = context.assignment.weightLaw(for: node), !isIndependent(law) else { return nil }
    return FailedAssumption(
      name: "correlated weights",
      sentence:
        "The weights of layer \(node.name) (\(law.distribution)) depend on each other, and theory assumes that they do not.")
  }

  /// Whether the weights have a mean beyond six standard errors that makes more than a hundredth of the layer's variance.
  private static func measuredMean(_ layer: LayerResult, _ context: RuleContext) -> FailedAssumption? {
    guard let weights = layer.weights, let fanIn = layer.fanIn, weights.variance > 0 else { return nil }
    let count = Double(fanIn * layer.units * context.replicas)
    let isSignificant = weights.mean * weights.mean > 36 * weights.variance / count
    guard isSignificant, weights.mean * weights.mean * Double(fanIn) > 0.01 * weights.variance else { return nil }
    return weightMean(layer.name, weights.mean)
  }

  /// Whether the weights' variance is beyond six standard errors of the declared one. Independent entries of kurtosis 3
  /// scatter as widely as any law of the catalogue.
  private static func wrongVariance(_ layer: LayerResult, _ context: RuleContext) -> FailedAssumption? {
    guard let weights = layer.weights, let expected = weights.expectedVariance, expected > 0, let fanIn = layer.fanIn else {
      return nil
    }
    let ratio = weights.variance / expected
    let deviation = (2 / Double(fanIn * layer.units * context.replicas)).squareRoot()
    guard abs(ratio - 1) > max(6 * deviation, 0.005) else { return nil }
    return FailedAssumption(
      name: "weight variance",
      sentence: """
        The weights of layer \(layer.name) have \(shortNumber(ratio, digits: 3)) times the variance that their scheme \
        declares.
        """)
  }

  private static func duplicates(_ layer: LayerResult) -> FailedAssumption? {
    guard let fraction = layer.activation.duplicateFraction, fraction > 0, (layer.activation.deadFraction ?? 0) < fraction
    else { return nil }
    return FailedAssumption(
      name: "correlated weights",
      sentence: """
        \(MessageNumber.percent(fraction)) of the units of layer \(layer.name) compute the same as another: their \
        weights are not independent.
        """)
  }
}
