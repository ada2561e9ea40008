import MeanField
import NetworkGraph
import NumberText
import SignalPropagation

/// What was measured of a run's tensors, for theory of weights that come from a file.
///
/// Theory describes weights that are drawn independently with mean 0, or as an orthogonal matrix. Whether a file's weights
/// are like that shows in their mean and in how far they are from orthogonal; trained weights mostly are not.
struct MeasuredTensors {
  private let layers: [String: LayerResult]
  private let parameters: [String: WeightSummary]

  init(_ run: InitializerRun) {
    layers = Dictionary(run.layers.map { ($0.name, $0) }) { first, _ in first }
    parameters = Dictionary(run.parameters.map { ($0.name, $0.values) }) { first, _ in first }
  }

  /// A tensor's values; nil where they were not measured.
  func values(of tensor: ParameterTensor, in node: Network.Node) -> WeightSummary? {
    if let values = parameters[tensor.path(in: node.name)] { return values }
    let isFirst = node.parameters.first { $0.role == tensor.role }?.name == tensor.name
    guard isFirst else { return nil }
    if tensor.role == .weight { return layers[node.name]?.weights }
    guard tensor.role == .bias, let bias = layers[node.name]?.bias else { return nil }
    var values = WeightSummary(
      mean: bias.mean, variance: bias.variance, expectedVariance: nil, orthogonalityDefect: nil, outliers: nil,
      histogram: nil)
    (values.min, values.max, values.nonFinite) = (bias.min, bias.max, bias.nonFinite)
    return values
  }

  /// The mean square of a node's first weights, and what they are like.
  ///
  /// - Throws: Where theory does not describe such weights, with the reason.
  func weights(
    of node: Network.Node, _ shape: WeightShape
  ) throws(NetworkTheory.Silence) -> (meanSquare: Double, law: ChainLayer.WeightLaw) {
    guard let weights = layers[node.name]?.weights, weights.nonFinite == 0, weights.variance.isFinite, weights.mean.isFinite
    else { throw NetworkTheory.Silence("the weights of \(node.name) were not measured, or are not finite") }
    let square = weights.mean * weights.mean, meanSquare = square + weights.variance
    guard meanSquare > 0 else { return (0, .independent) }
    // A mean adds up over the inputs of a unit. By chance its square is variance / count.
    let allowed = weights.variance * max(9 / Double(shape.count), 0.01 / Double(shape.fans.fanIn))
    guard square <= allowed else {
      throw NetworkTheory.Silence(
        "theory assumes weights of mean 0, and those of \(node.name) have the mean \(shortNumber(weights.mean, digits: 3))")
    }
    guard let defect = weights.orthogonalityDefect else {
      throw NetworkTheory.Silence("it was not measured whether the weights of \(node.name) depend on each other")
    }
    if defect < Self.orthogonalDefect { return (meanSquare, .orthogonal) }
    let p = min(shape.copy.rows, shape.copy.columns), n = max(shape.copy.rows, shape.copy.columns)
    let independent = (Double(p + 1) / Double(n)).squareRoot(), share = defect * defect / (independent * independent)
    guard Self.range(of: p).contains(share) else {
      throw NetworkTheory.Silence(
        """
        theory assumes weights that do not depend on each other, and those of \(node.name) do: W W^T is off from a diagonal \
        matrix by \(shortNumber(defect, digits: 3)), where independent weights have \(shortNumber(independent, digits: 3))
        """)
    }
    return (meanSquare, .independent)
  }

  /// The mean square of a node's bias.
  ///
  /// - Throws: Where it has a mean that theory does not describe.
  func biasVariance(_ tensor: ParameterTensor, of node: Network.Node) throws(NetworkTheory.Silence) -> Double {
    guard let bias = values(of: tensor, in: node), bias.nonFinite == 0, bias.variance.isFinite, bias.mean.isFinite else {
      throw NetworkTheory.Silence("the biases of \(node.name) were not measured, or are not finite")
    }
    let count = Double(max(1, tensor.count))
    guard bias.mean * bias.mean <= 16 * bias.variance / count || bias.mean == 0 else {
      throw NetworkTheory.Silence(
        "theory assumes biases of mean 0, and those of \(node.name) have the mean \(shortNumber(bias.mean, digits: 3))")
    }
    return bias.mean * bias.mean + bias.variance * (count - 1) / count
  }

  /// Below this an orthogonality defect is rounding, also of 16-bit numbers.
  private static let orthogonalDefect = 1e-2

  /// The squared defects, relative to `(p + 1) / n`, that independent entries have.
  ///
  /// W W^T has p (p - 1) / 2 independent entries off its diagonal, so that the sum of their squares scatters by 2 / p; the
  /// audit estimates it by random signs, which adds sqrt(2 / (p probes)). A law's kurtosis changes the diagonal's part, and
  /// the mean of the diagonal is taken off: 0.3 covers both from p = 4 on.
  private static func range(of p: Int) -> ClosedRange<Double> {
    let probes = Double(max(1, min(16, 1024 / p)))
    let chance = 0.3 + 4 * (2 / Double(p) + (2 / (Double(p) * probes)).squareRoot())
    return max(0, 1 - chance)...(1 + chance)
  }
}
