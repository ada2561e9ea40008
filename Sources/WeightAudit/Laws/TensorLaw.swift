import Glibc
import NumberText

/// A law of a tensor's values, known in full.
public enum TensorLaw: Sendable, Hashable {
  case constant(Double)
  case normal(mean: Double, std: Double)
  /// A normal with this mean and deviation (before the cut), cut off to `[low, high]`.
  case truncatedNormal(mean: Double, std: Double, low: Double, high: Double)
  case uniform(low: Double, high: Double)
  /// Orthogonal rows or columns, whichever are fewer, each of this length.
  case orthogonal(gain: Double)
  case identity
  /// Each row is log 1, log 2, ...
  case logarithmsOfCounts
  case logarithmOfUniform(low: Double, high: Double)
  case inverseSoftplusOfLogUniform(low: Double, high: Double)
  /// The logarithm of the values is uniform: as many from 0.001 to 0.01 as from 0.01 to 0.1.
  case logUniform(low: Double, high: Double)
  /// Rotary frequencies, from 1 down in equal ratios.
  case frequencies
  /// Zeros, but ones in the second quarter, where an LSTM of Keras has its forget gate.
  case forgetGateOnes

  /// The mean of the values; nil where it depends on the tensor's shape.
  var mean: Double? {
    switch self {
    case .constant(let value): value
    case .normal(let mean, _): mean
    case .truncatedNormal(let mean, let std, let low, let high):
      mean + std * Self.truncated((low - mean) / std, (high - mean) / std).mean
    case .uniform(let low, let high): (low + high) / 2
    case .orthogonal: 0
    case .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: nil
    case .logarithmOfUniform(let low, let high):
      (high * log(high) - low * log(low)) / (high - low) - 1
    case .inverseSoftplusOfLogUniform(let low, let high):
      Self.moments(of: .inverseSoftplusOfLogUniform(low: low, high: high)).mean
    case .logUniform(let low, let high): (high - low) / log(high / low)
    }
  }

  /// The variance of the values of a tensor with so many rows and columns; nil where the law fixes every value.
  package func variance(rows: Int, columns: Int) -> Double? {
    switch self {
    case .constant: 0
    case .normal(_, let std): std * std
    case .truncatedNormal(let mean, let std, let low, let high):
      std * std * Self.truncated((low - mean) / std, (high - mean) / std).variance
    case .uniform(let low, let high): (high - low) * (high - low) / 12
    case .orthogonal(let gain): gain * gain / Double(max(1, max(rows, columns)))
    case .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: nil
    case .logarithmOfUniform, .inverseSoftplusOfLogUniform: Self.moments(of: self).variance
    case .logUniform(let low, let high): Self.moments(low, high).variance
    }
  }

  /// Fourth central moment over the square of the variance.
  package var kurtosis: Double {
    switch self {
    case .normal, .orthogonal: return 3
    case .uniform: return 1.8
    case .truncatedNormal(let mean, let std, let low, let high):
      return Self.truncated((low - mean) / std, (high - mean) / std).kurtosis
    case .logarithmOfUniform, .inverseSoftplusOfLogUniform: return Self.moments(of: self).kurtosis
    case .logUniform(let low, let high): return Self.moments(low, high).kurtosis
    case .constant, .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: return .nan
    }
  }

  /// The probability of a value up to x; nil for laws that fix every value or whose values depend on each other.
  func cumulative(_ x: Double) -> Double? {
    switch self {
    case .normal(let mean, let std): return Self.normal((x - mean) / std)
    case .orthogonal: return nil
    case .truncatedNormal(let mean, let std, let low, let high):
      let a = Self.normal((low - mean) / std), b = Self.normal((high - mean) / std)
      return min(1, max(0, (Self.normal((x - mean) / std) - a) / (b - a)))
    case .uniform(let low, let high): return min(1, max(0, (x - low) / (high - low)))
    case .logarithmOfUniform(let low, let high): return min(1, max(0, (exp(x) - low) / (high - low)))
    case .inverseSoftplusOfLogUniform(let low, let high):
      let step = x > 30 ? x : log1p(exp(x))
      return min(1, max(0, log(step / low) / log(high / low)))
    case .logUniform(let low, let high): return x <= low ? 0 : min(1, log(x / low) / log(high / low))
    case .constant, .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: return nil
    }
  }

  /// The ends beyond which no value lies.
  var support: ClosedRange<Double>? {
    switch self {
    case .truncatedNormal(_, _, let low, let high), .uniform(let low, let high), .logUniform(let low, let high): low...high
    case .logarithmOfUniform(let low, let high): log(low)...log(high)
    case .inverseSoftplusOfLogUniform(let low, let high): Self.inverseSoftplus(low)...Self.inverseSoftplus(high)
    default: nil
    }
  }

  static func normal(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }
  static func inverseSoftplus(_ y: Double) -> Double { y + log(-expm1(-y)) }

  /// Moments of a standard normal cut off to `[a, b]`, by parts: `E z^k = (k-1) E z^(k-2) + (a^(k-1) phi(a) - b^(k-1)
  /// phi(b)) / Z`.
  static func truncated(_ a: Double, _ b: Double) -> (mean: Double, variance: Double, kurtosis: Double) {
    func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * Double.pi).squareRoot() }
    let mass = (erfc(-b / 2.0.squareRoot()) - erfc(-a / 2.0.squareRoot())) / 2
    guard mass > 1e-12 else { return (0, 1, 3) }
    func edge(_ k: Int) -> Double {
      let low = a.isFinite ? pow(a, Double(k)) * density(a) : 0, high = b.isFinite ? pow(b, Double(k)) * density(b) : 0
      return (low - high) / mass
    }
    let first = edge(0), second = 1 + edge(1)
    let third = 2 * first + edge(2), fourth = 3 * second + edge(3)
    let variance = second - first * first
    let central = fourth - 4 * first * third + 6 * first * first * second - 3 * first * first * first * first
    guard variance > 1e-12 else { return (first, max(variance, 0), 1.8) }
    return (first, variance, central / (variance * variance))
  }

  /// Moments of a log-uniform law: E x^k = (high^k - low^k) / (k log(high / low)).
  private static func moments(_ low: Double, _ high: Double) -> (variance: Double, kurtosis: Double) {
    func raw(_ k: Double) -> Double { (pow(high, k) - pow(low, k)) / (k * log(high / low)) }
    let mean = raw(1), variance = raw(2) - mean * mean
    let fourth = raw(4) - 4 * mean * raw(3) + 6 * mean * mean * raw(2) - 3 * mean * mean * mean * mean
    return (variance, fourth / (variance * variance))
  }

  /// Moments by the midpoint rule in the law's own uniform variable, to 1e-6.
  private static func moments(of law: TensorLaw) -> (mean: Double, variance: Double, kurtosis: Double) {
    let points = 4096
    let values: [Double] = (0..<points).map { index in
      let u = (Double(index) + 0.5) / Double(points)
      switch law {
      case .logarithmOfUniform(let low, let high): return log(low + u * (high - low))
      case .inverseSoftplusOfLogUniform(let low, let high): return inverseSoftplus(low * exp(u * log(high / low)))
      default: return 0
      }
    }
    let mean = values.reduce(0, +) / Double(points)
    let second = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(points)
    let fourth = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / Double(points)
    return (mean, second, second > 0 ? fourth / (second * second) : .nan)
  }
}

extension TensorLaw: CustomStringConvertible {
  /// The law's name: `normal`, `truncated normal`, `uniform`.
  public var name: String {
    switch self {
    case .constant: "constant"
    case .normal: "normal"
    case .truncatedNormal: "truncated normal"
    case .uniform: "uniform"
    case .orthogonal: "orthogonal"
    case .identity: "identity"
    case .logarithmsOfCounts: "log(1, 2, ...)"
    case .logarithmOfUniform: "log of uniform"
    case .inverseSoftplusOfLogUniform: "inverse softplus of log-uniform"
    case .logUniform: "log-uniform"
    case .frequencies: "rotary frequencies"
    case .forgetGateOnes: "zeros, ones for the forget gate"
    }
  }

  /// Its parameters by name, in the order in which they are written.
  public var parameters: [(name: String, value: Double)] {
    switch self {
    case .constant(let value): [("value", value)]
    case .normal(let mean, let std): [("mean", mean), ("std", std)]
    case .truncatedNormal(let mean, let std, let low, let high):
      [("mean", mean), ("std", std), ("low", low), ("high", high)]
    case .uniform(let low, let high), .logarithmOfUniform(let low, let high),
      .inverseSoftplusOfLogUniform(let low, let high), .logUniform(let low, let high):
      [("low", low), ("high", high)]
    case .orthogonal(let gain): [("gain", gain)]
    case .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: []
    }
  }

  public var description: String {
    func text(_ value: Double) -> String { MessageNumber.number(value) }
    switch self {
    case .constant(0): return "zeros"
    case .constant(1): return "ones"
    case .constant(let value): return "constant \(text(value))"
    case .normal(let mean, let std):
      return abs(mean) < std * 1e-9 ? "normal(std=\(text(std)))" : "normal(\(text(mean)), \(text(std)))"
    case .truncatedNormal(let mean, let std, let low, let high):
      let sigmas = (high - low) / (2 * std)
      return abs(low + high - 2 * mean) < 0.02 * (high - low)
        ? "truncated normal(std=\(text(std)), at \(MessageNumber.number((sigmas * 100).rounded() / 100)) sigma)"
        : "truncated normal(std=\(text(std)), \(text(low)) to \(text(high)))"
    case .uniform(let low, let high):
      return abs(low + high) < 0.02 * (high - low) ? "uniform(±\(text(high)))" : "uniform(\(text(low)), \(text(high)))"
    case .orthogonal(let gain): return "orthogonal(gain=\(text(gain)))"
    case .logarithmOfUniform(let low, let high): return "log(uniform(\(text(low)), \(text(high))))"
    case .inverseSoftplusOfLogUniform(let low, let high): return "inverse_softplus(loguniform(\(text(low)), \(text(high))))"
    case .logUniform(let low, let high): return "loguniform(\(text(low)), \(text(high)))"
    case .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: return name
    }
  }
}
