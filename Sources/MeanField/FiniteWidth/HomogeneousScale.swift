import Glibc
import NetworkGraph

/// Rescales a chain of homogeneous layers without biases so that its signal keeps a constant size.
///
/// `f(c x) = c f(x)` for c > 0 makes every relative quantity independent of the weights' scale, and the signal's own scale a
/// product of one factor per layer. Carried as logarithms, these follow a signal far outside Double's range.
struct HomogeneousScale {
  /// The chain, with each layer's weight variance divided by its growth factor `sw2 E f^2 / q`.
  private(set) var layers: [ChainLayer] = []
  /// log10 of the factors.
  private var factors: [Double] = []

  /// Signals within `10^±comfort` need no rescaling. Below a variance of 2^-150 moments are taken at their limit, and higher
  /// moments would be wrong.
  static let comfort = 30.0

  /// Rescales the chain; nil where a layer is not homogeneous of degree 1, has a bias, or passes nothing, and where the
  /// signal stays in range anyway.
  init?(_ chain: [ChainLayer]) throws(MeanFieldError) {
    var total = 0.0, extent = 0.0
    for layer in chain {
      guard layer.activation.laws.homogeneousDegree == 1, layer.biasVariance == 0, layer.weightVariance > 0 else {
        return nil
      }
      let growth = try GaussianMoments(of: layer.activation, variance: 1).secondMoment
      guard growth > 0 else { return nil }
      let factor = log10(layer.weightVariance) + log10(Double(layer.fanIn)) + log10(growth)
      var scaled = layer
      scaled.weightVariance = 1 / (Double(layer.fanIn) * growth)
      layers.append(scaled)
      factors.append(factor)
      total += factor
      extent = max(extent, total.magnitude)
    }
    if extent < Self.comfort { return nil }
  }

  /// The predictions for the scaled chain, in the scale of the chain itself.
  func restored(_ predictions: [LayerPrediction]) -> [LayerPrediction] {
    var forward = 0.0
    var result = predictions
    for index in result.indices {
      forward += factors[index]
      result[index].preactivation = result[index].preactivation.scaled(log10: forward)
      result[index].activation = result[index].activation.scaled(log10: forward)
    }
    // The gradient of layer l has passed the weights of all layers above it.
    var backward = 0.0
    for index in result.indices.reversed() {
      result[index].gradient = result[index].gradient.scaled(log10: backward)
      result[index].preactivationGradient = result[index].preactivationGradient.scaled(log10: backward)
      backward += factors[index]
    }
    return result
  }
}

extension MomentPrediction {
  /// The prediction for a signal whose second moment is `10^amount` times as large.
  fileprivate func scaled(log10 amount: Double) -> MomentPrediction {
    var scaled = self
    scaled.secondMoment = pow(10, log10(secondMoment) + amount)
    scaled.log10SecondMoment += amount
    scaled.meanLog10 += amount
    return scaled
  }
}
