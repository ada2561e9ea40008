import Glibc
import InitScope

/// A fully known distribution that weights are expected to come from.
public enum WeightDistribution: Hashable, Sendable, CustomStringConvertible {
  case normal(mean: Double = 0, std: Double)
  /// Uniform on `[low, high)`.
  case uniform(low: Double, high: Double)
  /// A normal with that mean and deviation (before the cut), cut off to `[low, high]`.
  case truncatedNormal(mean: Double = 0, std: Double, low: Double, high: Double)

  public var description: String { law.distribution }

  /// The same distribution as a weight law, for its closed forms.
  var law: WeightLaw {
    switch self {
    case .normal(let mean, let std): .normal(mean: mean, std: std)
    case .uniform(let low, let high): .uniform(low: low, high: high)
    case .truncatedNormal(let mean, let std, let low, let high): .truncatedNormal(mean: mean, std: std, low: low, high: high)
    }
  }

  /// The probability of a value up to x.
  func cumulative(_ x: Double) -> Double {
    func normal(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }
    switch self {
    case .normal(let mean, let std): return normal((x - mean) / std)
    case .uniform(let low, let high): return min(1, max(0, (x - low) / (high - low)))
    case .truncatedNormal(let mean, let std, let low, let high):
      let (a, b) = (normal((low - mean) / std), normal((high - mean) / std))
      return min(1, max(0, (normal((x - mean) / std) - a) / (b - a)))
    }
  }

  /// The kurtosis: fourth central moment over the square of the variance.
  var kurtosis: Double {
    switch self {
    case .normal: return 3
    case .uniform: return 1.8
    case .truncatedNormal(let mean, let std, let low, let high):
      // E z^k on [a, b] by parts: (k - 1) E z^(k-2) + (a^(k-1) phi(a) - b^(k-1) phi(b)) / Z.
      let (a, b) = ((low - mean) / std, (high - mean) / std)
      func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * Double.pi).squareRoot() }
      let mass = (erfc(-b / 2.0.squareRoot()) - erfc(-a / 2.0.squareRoot())) / 2
      func edge(_ k: Int) -> Double { (pow(a, Double(k)) * density(a) - pow(b, Double(k)) * density(b)) / mass }
      let first = edge(0), second = 1 + edge(1)
      let third = 2 * first + edge(2), fourth = 3 * second + edge(3)
      let variance = second - first * first
      let central = fourth - 4 * first * third + 6 * first * first * second - 3 * first * first * first * first
      return central / (variance * variance)
    }
  }
}
