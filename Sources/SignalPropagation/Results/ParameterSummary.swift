import NetworkGraph

/// The values of one parameter tensor in one run, and the gradient with respect to it, over replicas.
public struct ParameterSummary: Sendable, Equatable {
  /// The tensor's path, layer and own name: `lstm_1/recurrent`. For a model from a file it is its name there.
  public var name: String
  /// The extents: units x inputs x taps for weights, with stacked gates; one extent for others.
  public var shape: [Int]
  public var role: ParameterTensor.Role
  /// The name of the layer that owns it.
  public var layer: String
  /// The initializer that fills the tensor, as a specification: the layer's own, else the run's; nil for biases, gains and
  /// shifts that start from 0 or 1.
  public var initializer: String?
  /// Moments of the values; `variance` is about the mean with divisor n - 1.
  public var values: WeightSummary
  /// Mean of the squares.
  public var secondMoment: Double
  /// The mean that the declared law gives; nil for a data-dependent one.
  public var expectedMean: Double?
  /// The gradient; nil where none was measured.
  public var gradient: Gradient?
  /// The ratio of the gradient's norm to the tensor's, as a mean over replicas; nil where either is zero.
  public var toWeightRatio: Double?

  /// The gradient with respect to the tensor, summed over the batch.
  public struct Gradient: Sendable, Equatable {
    /// The mean over replicas of its mean square.
    public var secondMoment: Double
    /// The mean over replicas of log10 of the mean square; nil where it is zero or not finite in some replica.
    public var log10SecondMoment: Double?
    package init(secondMoment: Double, log10SecondMoment: Double?) {
      self.secondMoment = secondMoment
      self.log10SecondMoment = log10SecondMoment
    }
  }

  package init(
    name: String, shape: [Int], role: ParameterTensor.Role, layer: String, initializer: String?, values: WeightSummary,
    secondMoment: Double, expectedMean: Double?, gradient: Gradient?, toWeightRatio: Double?
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.layer = layer
    self.initializer = initializer
    self.values = values
    self.secondMoment = secondMoment
    self.expectedMean = expectedMean
    self.gradient = gradient
    self.toWeightRatio = toWeightRatio
  }

  /// The name within the layer: `recurrent` of `lstm_1/recurrent`.
  public var tensor: String { name.hasPrefix(layer + "/") ? String(name.dropFirst(layer.count + 1)) : name }

  /// The number of values in one replica.
  public var count: Int { shape.reduce(1, *) }
}

extension InitializerRun {
  /// The parameter tensors of a layer, in the layer's order.
  public func parameters(of layer: LayerResult) -> [ParameterSummary] { parameters.filter { $0.layer == layer.name } }
}

extension BiasSummary {
  /// Summarizes a bias, gain or shift.
  package init(_ values: WeightSummary) {
    self.init(
      mean: values.mean, variance: values.variance, min: values.min, max: values.max, nonFinite: values.nonFinite)
  }
}
