import Glibc
import NetworkGraph
import SampleStatistics

/// How far the moments of weights may differ from their law's by chance.
package enum SamplingError {
  /// The interval that the sample variance over the declared variance leaves with at most the given probability, where the
  /// law holds.
  ///
  /// For independent weights `s^2 / sigma^2` has the relative variance (kappa - (n - 3)/(n - 1)) / n with kurtosis kappa;
  /// the interval is that of chi^2 / nu of this variance, exact for a normal law, somewhat wide for the lighter tails of the
  /// others. The squares of an orthogonal matrix, and of an identity, sum up to a fixed value: what is left is rounding, and
  /// the square of the mean, which is drawn at random.
  static func varianceRatio(_ tensor: WeightTensor, twoSided probability: Double) -> ClosedRange<Double> {
    let count = Double(tensor.shape.count)
    switch tensor.law {
    case .constant, .dataDependent: return 1...1
    // Any variance may be what the file means.
    case .unknown: return 0...(.infinity)
    case .identity, .dirac:
      let sample = count / max(1, count - 1)
      return sample * (1 - 0x1p-20)...sample * (1 + 0x1p-20)
    case .orthogonal, .deltaOrthogonal:
      let z = Estimators.normalQuantile(twoSided: probability)
      // Each of fanIn reflections rounds once.
      let rounding = 0x1p-22 * Double(max(tensor.shape.rows, tensor.shape.columns))
      return max(0, 1 - z * z / count - rounding)...count / max(1, count - 1) * (1 + rounding)
    case .part(let matrix, let law):
      // A part's squares vary more than the whole's, at most as much as those of independent weights.
      var whole = tensor
      whole.law = matrix.isWhole ? law : .normal(mean: 0, std: 1)
      whole.shape = matrix.isWhole ? matrix.shape : tensor.shape
      return varianceRatio(whole, twoSided: probability)
    case .sparse(let zeros, _):
      let entries = Double(tensor.tensors * tensor.shape.columns * tensor.shape.copies * (tensor.shape.outputs - zeros))
      return Estimators.varianceRatioInterval(degreesOfFreedom: max(1, entries - 1), twoSided: probability)
    case .normal, .uniform, .triangular, .truncatedNormal:
      guard count > 1 else { return 0...(.infinity) }
      let relative = (kurtosis(tensor.law) - (count - 3) / (count - 1)) / tensor.draws
      return Estimators.varianceRatioInterval(degreesOfFreedom: 2 / relative, twoSided: probability)
    }
  }

  /// The kurtosis: the fourth moment about the mean over the square of the variance.
  package static func kurtosis(_ law: WeightLaw) -> Double {
    switch law {
    case .uniform: return 1.8
    // Half the excess of a uniform's, since it is the sum of two.
    case .triangular: return 2.4
    case .truncatedNormal(let mean, let std, let low, let high):
      let a = (low - mean) / std, b = (high - mean) / std
      guard a == -b, b > 0.5 else { return a < 0 && b > 0 ? 3 : 9 }
      // E z^2 = 1 - 2 b phi(b) / Z and E z^4 = 3 - 2 (b^3 + 3b) phi(b) / Z by parts.
      let z = erf(b / 2.0.squareRoot()), density = exp(-b * b / 2) / (2 * Double.pi).squareRoot()
      let second = 1 - 2 * b * density / z
      return (3 - 2 * (b * b * b + 3 * b) * density / z) / (second * second)
    default: return 3
    }
  }
}
