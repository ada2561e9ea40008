import Glibc
import SignalPropagation

/// A tensor of a layer, by the name that bounds files use.
public enum GateTensor: String, Sendable, CaseIterable {
  case activations
  case preactivations = "pre-activations"
  case gradients
  case preactivationGradients = "pre-activation gradients"
  case weights
  case weightGradients = "weight gradients"

  /// The layer's signal with that name; nil for weights, and for weight gradients of a layer without weights.
  func signal(of layer: LayerResult) -> SignalSummary? {
    switch self {
    case .activations: layer.activation
    case .preactivations: layer.preactivation
    case .gradients: layer.gradient
    case .preactivationGradients: layer.preactivationGradient
    case .weights: nil
    case .weightGradients: layer.weightGradient
    }
  }

  /// Whether the tensor belongs to the backward pass.
  var isBackward: Bool { self == .gradients || self == .preactivationGradients }
}

/// The quantity that a bound is about.
public enum GateQuantity: String, Sendable, CaseIterable {
  /// The variance over units and samples.
  case variance
  case secondMoment
  /// The square root of the variance.
  case std
  case mean
  /// log10 of the factor of the second moment per layer, over the hidden layers, in the direction of travel.
  case growthPerLayer
  case deadFraction
  case saturatedFraction
  case cosineSimilarity

  /// The possible values; nil where every number is possible.
  public var domain: ClosedRange<Double>? {
    switch self {
    case .variance, .secondMoment, .std: 0...Double.infinity
    case .deadFraction, .saturatedFraction: 0...1
    case .cosineSimilarity: -1...1
    case .mean, .growthPerLayer: nil
    }
  }

  /// Whether the quantity is compared by its logarithm. Mean and interval over replicas are formed there, since the quantity
  /// is heavy-tailed in depth.
  public var isLogarithmic: Bool { self == .variance || self == .secondMoment || self == .std }

  /// The tensors that have this quantity.
  public var tensors: [GateTensor] {
    switch self {
    case .variance, .secondMoment, .std, .mean: GateTensor.allCases
    case .growthPerLayer: [.activations, .gradients]
    case .deadFraction, .saturatedFraction: [.activations]
    case .cosineSimilarity: [.activations, .preactivations, .gradients, .preactivationGradients]
    }
  }

  /// The tensors for which theory, or the declared law, gives a bound.
  public var automaticTensors: [GateTensor] {
    switch self {
    case .secondMoment: [.activations, .preactivations, .gradients, .preactivationGradients, .weights]
    case .variance, .std, .mean: [.weights]
    case .growthPerLayer: [.activations, .gradients]
    case .deadFraction, .saturatedFraction, .cosineSimilarity: []
    }
  }

  /// Converts a value to the scale on which it is compared: log10 for second moment and variance, log10 of the square for
  /// std.
  func scaled(_ value: Double) -> Double {
    switch self {
    case .variance, .secondMoment: value > 0 ? log10(value) : -.infinity
    case .std: value > 0 ? 2 * log10(value) : -.infinity
    default: value
    }
  }

  /// The inverse of `scaled`.
  func unscaled(_ value: Double) -> Double {
    switch self {
    case .variance, .secondMoment: pow(10, value)
    case .std: pow(10, value / 2)
    default: value
    }
  }
}
