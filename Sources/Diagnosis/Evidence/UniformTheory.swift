import MeanField
import NetworkGraph
import SignalPropagation

/// Mean-field theory of a plain network whose hidden layers are alike: one activation, one weight variance and one bias
/// variance.
struct UniformTheory {
  let theory: MeanFieldTheory

  /// Makes the theory; nil where layers differ, where there are sums or normalizations, and where theory gives an error.
  init?(_ run: InitializerRun, _ context: RuleContext) {
    let nodes = context.network.hiddenNodes
    var point: (activation: Activation, weight: Double, bias: Double)?
    for (place, node) in nodes.enumerated() {
      guard node.layer.theory == .linear, node.inputs.count == 1, case .features = node.shape,
        let fanIn = run.layers[place].fanIn,
        let shape = node.layer.weightShape(from: node.inputShapes),
        let size = context.assignment.weightLaw(for: node)?.rootMeanSquare(shape)
      else { return nil }
      let bias = context.assignment.biasLaw(for: node)?.rootMeanSquare(shape) ?? 0
      let here = (activation: node.layer.activation, weight: size * size * Double(fanIn), bias: bias * bias)
      // The first layer's fan-in is the input's. Depth repeats the layers after it.
      if place == 0, nodes.count > 1 { continue }
      guard let known = point else {
        point = here
        continue
      }
      guard known.activation == here.activation, Self.isSame(known.weight, here.weight), Self.isSame(known.bias, here.bias)
      else { return nil }
    }
    guard let point, point.weight.isFinite, point.bias.isFinite,
      let theory = try? MeanFieldTheory(
        activation: point.activation, weightVariance: point.weight, biasVariance: point.bias,
        startingVariance: run.layers[0].preactivation.secondMoment.isFinite
          ? max(run.layers[0].preactivation.secondMoment, 1e-30) : 1)
    else { return nil }
    self.theory = theory
  }

  private static func isSame(_ a: Double, _ b: Double) -> Bool { (a - b).magnitude <= 1e-6 * max(a.magnitude, b.magnitude) }
}
