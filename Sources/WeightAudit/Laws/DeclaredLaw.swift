import Glibc

/// What a scheme says about one tensor's values, with its formulas not yet evaluated: `normal(std=0.02/sqrt(2*L))`.
///
/// Formulas may use `fan_in`, `fan_out`, `keras_fan_in` and `keras_fan_out` (as Keras takes them from the shape), `in`,
/// `out`, `k` (the receptive field's side), `stride`, `L` (blocks), `l` (this block, from 0), `d` (the model's width), `H`
/// (heads), `dt_rank`, `state`, `rows`, `columns` and the scheme's own parameters.
public struct DeclaredLaw: Sendable, Hashable, CustomStringConvertible {
  enum Kind: Sendable, Hashable {
    /// Nothing is said.
    case any
    case constant(Expression)
    case normal(mean: Expression, std: Expression)
    /// Cut off at `low` and `high`, or where `sigmas` is given so many deviations from the mean.
    case truncatedNormal(mean: Expression, std: Expression, low: Expression?, high: Expression?, sigmas: Expression?)
    case uniform(low: Expression, high: Expression)
    case orthogonal(gain: Expression)
    case identity
    /// Each row is log 1, log 2, ..., as Mamba's A_log.
    case logarithmsOfCounts
    /// The logarithm of a uniform variable, as Mamba-2's A_log.
    case logarithmOfUniform(low: Expression, high: Expression)
    /// The inverse of softplus of a variable whose logarithm is uniform, as Mamba's step bias.
    case inverseSoftplusOfLogUniform(low: Expression, high: Expression)
    /// A variable whose logarithm is uniform.
    case logUniform(low: Expression, high: Expression)
    /// Rotary frequencies: 1, falling to 1/base in equal ratios.
    case frequencies
    /// Zeros, but ones in the second quarter: an LSTM's bias in Keras, with unit_forget_bias.
    case forgetGateOnes
  }

  var kind: Kind
  /// As it was written.
  public var text: String
  /// Whether a gain enters its layer as 1 + w, so that 0 leaves a signal as it is.
  package var isOnePlus = false

  public var description: String { text }

  /// The names that its formulas use.
  package var names: Set<String> {
    func all(_ expressions: Expression?...) -> Set<String> {
      expressions.reduce(into: Set<String>()) { if let names = $1?.names { $0.formUnion(names) } }
    }
    return switch kind {
    case .any, .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes: []
    case .constant(let value): all(value)
    case .normal(let mean, let std): all(mean, std)
    case .truncatedNormal(let mean, let std, let low, let high, let sigmas): all(mean, std, low, high, sigmas)
    case .uniform(let low, let high), .logarithmOfUniform(let low, let high),
      .inverseSoftplusOfLogUniform(let low, let high), .logUniform(let low, let high):
      all(low, high)
    case .orthogonal(let gain): all(gain)
    }
  }

  /// The law with its formulas evaluated; nil where one of their names has no value here.
  package func evaluated(_ values: (String) -> Double?) -> TensorLaw? {
    func pair(_ a: Expression, _ b: Expression) -> (Double, Double)? {
      guard let x = a.value(values), let y = b.value(values) else { return nil }
      return (x, y)
    }
    switch kind {
    case .any: return nil
    case .constant(let value): return value.value(values).map { .constant($0) }
    case .normal(let mean, let std):
      guard let (mean, std) = pair(mean, std), std >= 0 else { return nil }
      return std == 0 ? .constant(mean) : .normal(mean: mean, std: std)
    case .truncatedNormal(let mean, let std, let low, let high, let sigmas):
      guard let (mean, std) = pair(mean, std), std > 0 else { return nil }
      if let low, let high {
        guard let (low, high) = pair(low, high), low < high else { return nil }
        return .truncatedNormal(mean: mean, std: std, low: low, high: high)
      }
      guard let sigmas = (sigmas ?? .number(2)).value(values), sigmas > 0 else { return nil }
      return .truncatedNormal(mean: mean, std: std, low: mean - sigmas * std, high: mean + sigmas * std)
    case .uniform(let low, let high):
      guard let (low, high) = pair(low, high), low <= high else { return nil }
      return low == high ? .constant(low) : .uniform(low: low, high: high)
    case .orthogonal(let gain): return gain.value(values).map { .orthogonal(gain: $0) }
    case .identity: return .identity
    case .logarithmsOfCounts: return .logarithmsOfCounts
    case .frequencies: return .frequencies
    case .forgetGateOnes: return .forgetGateOnes
    case .logarithmOfUniform(let low, let high):
      guard let (low, high) = pair(low, high), low > 0, low < high else { return nil }
      return .logarithmOfUniform(low: low, high: high)
    case .inverseSoftplusOfLogUniform(let low, let high):
      guard let (low, high) = pair(low, high), low > 0, low < high else { return nil }
      return .inverseSoftplusOfLogUniform(low: low, high: high)
    case .logUniform(let low, let high):
      guard let (low, high) = pair(low, high), low > 0, low < high else { return nil }
      return .logUniform(low: low, high: high)
    }
  }
}
