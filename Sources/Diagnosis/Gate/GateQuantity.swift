import Glibc
import SignalPropagation

/// A tensor of a layer, by the name that bounds files give it.
public enum GateTensor: String, Sendable, CaseIterable {
  case activations
  case preactivations = "pre-activations"
  case gradients
  case preactivationGradients = "pre-activation gradients"
  case weights
  case weightGradients = "weight gradients"

  /// The layer's signal of that name; nil for weights, and for weight gradients of a layer without weights.
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

  /// Whether the tensor belongs to the backward pass, in which theory follows a cotangent.
  var isBackward: Bool { self == .gradients || self == .preactivationGradients }
}

/// What a bound is about.
public enum GateQuantity: String, Sendable, CaseIterable {
  /// Over units and samples.
  case variance
  case secondMoment
  /// Root of the variance.
  case std
  case mean
  /// log10 of the second moment's factor per layer, over the hidden layers, in the direction of travel.
  case growthPerLayer
  case deadFraction
  case saturatedFraction
  case cosineSimilarity

  /// The values that it can take; nil for every number.
  public var domain: ClosedRange<Double>? {
    switch self {
    case .variance, .secondMoment, .std: 0...Double.infinity
    case .deadFraction, .saturatedFraction: 0...1
    case .cosineSimilarity: -1...1
    case .mean, .growthPerLayer: nil
    }
  }

  /// Whether the quantity is judged by its logarithm: mean and interval over replicas are formed there, since it is
  /// heavy-tailed in depth.
  public var isLogarithmic: Bool { self == .variance || self == .secondMoment || self == .std }

  /// The tensors that have it.
  public var tensors: [GateTensor] {
    switch self {
    case .variance, .secondMoment, .std, .mean: GateTensor.allCases
    case .growthPerLayer: [.activations, .gradients]
    case .deadFraction, .saturatedFraction: [.activations]
    case .cosineSimilarity: [.activations, .preactivations, .gradients, .preactivationGradients]
    }
  }

  /// The tensors for which theory, or the declared scheme, sets a bound.
  public var automaticTensors: [GateTensor] {
    switch self {
    case .secondMoment: [.activations, .preactivations, .gradients, .preactivationGradients, .weights]
    case .variance, .std, .mean: [.weights]
    case .growthPerLayer: [.activations, .gradients]
    case .deadFraction, .saturatedFraction, .cosineSimilarity: []
    }
  }

  /// A value on the scale on which it is judged: log10 of second moment and variance, log10 of the square of std.
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
