import NumberText

// Moments of a law before a weight is drawn: those of an entry chosen at random from a tensor of the given shape, over draws
// and entries.

extension WeightLaw {
  /// Expected value of an entry; nil for a data-dependent or unknown law.
  public func mean(_ shape: WeightShape) -> Double? {
    switch self {
    case .constant(let value): value
    case .normal(let mean, _): mean
    case .uniform(let low, let high), .triangular(let low, let high): 0.5 * low + 0.5 * high
    case .part(let matrix, let law): law.mean(matrix.shape)
    case .truncatedNormal(let mean, let std, let low, let high):
      mean + std * TruncatedNormalMoments(low: (low - mean) / std, high: (high - mean) / std).mean
    case .identity(let gain): gain * shape.shareOfOnes
    case .dirac: shape.shareOfOnes
    case .orthogonal, .sparse, .deltaOrthogonal: 0
    case .dataDependent, .unknown: nil
    }
  }

  /// Standard deviation of an entry; nil for a data-dependent or unknown law.
  public func standardDeviation(_ shape: WeightShape) -> Double? {
    switch self {
    case .constant: 0
    case .normal(_, let std): std
    case .uniform(let low, let high): (high - low) / 12.0.squareRoot()
    case .triangular(let low, let high): (high - low) / 24.0.squareRoot()
    case .part(let matrix, let law): law.standardDeviation(matrix.shape)
    case .truncatedNormal(let mean, let std, let low, let high):
      std * TruncatedNormalMoments(low: (low - mean) / std, high: (high - mean) / std).variance.squareRoot()
    case .orthogonal(let gain, _):
      // The min(outputs, columns) unit vectors of a copy share its entries evenly.
      abs(gain) / Double(max(shape.outputs, shape.columns)).squareRoot()
    case .identity(let gain): abs(gain) * (shape.shareOfOnes * (1 - shape.shareOfOnes)).squareRoot()
    case .sparse(let zeros, let std): std * (1 - Double(zeros) / Double(shape.outputs)).squareRoot()
    case .dirac: (shape.shareOfOnes * (1 - shape.shareOfOnes)).squareRoot()
    case .deltaOrthogonal(let gain): abs(gain) * shape.shareOfOnes.squareRoot()
    case .dataDependent, .unknown: nil
    }
  }

  /// Variance of an entry after any truncation; nil for a data-dependent or unknown law.
  public func variance(_ shape: WeightShape) -> Double? { standardDeviation(shape).map { $0 * $0 } }

  /// Root mean square of an entry; nil for a data-dependent or unknown law.
  public func rootMeanSquare(_ shape: WeightShape) -> Double? {
    guard let mean = mean(shape), let deviation = standardDeviation(shape) else { return nil }
    // Scaled, so that no square leaves Double's range.
    let scale = max(abs(mean), deviation)
    guard scale > 0 else { return 0 }
    return scale * ((mean / scale) * (mean / scale) + (deviation / scale) * (deviation / scale)).squareRoot()
  }

  /// The smallest interval that holds every weight; infinite for a normal, nil for a data-dependent or unknown law.
  public func bounds(_ shape: WeightShape) -> ClosedRange<Double>? {
    switch self {
    case .constant(let value): value...value
    case .normal(let mean, let std): std == 0 ? mean...mean : -Double.infinity ... .infinity
    case .uniform(let low, let high), .triangular(let low, let high), .truncatedNormal(_, _, let low, let high): low...high
    case .part(let matrix, let law): law.bounds(matrix.shape)
    case .orthogonal(let gain, _), .deltaOrthogonal(let gain): -abs(gain)...abs(gain)
    case .identity(let gain): shape.shareOfOnes < 1 ? min(0, gain)...max(0, gain) : gain...gain
    case .sparse(let zeros, let std): std == 0 || zeros == shape.outputs ? 0...0 : -Double.infinity ... .infinity
    case .dirac: shape.shareOfOnes < 1 ? 0...1 : 1...1
    case .dataDependent, .unknown: nil
    }
  }

  /// The law as people write it, numbers to six digits: `N(0, 0.0625^2)`, `U[-0.1, 0.1)`.
  public var distribution: String {
    switch self {
    case .constant(let value): "all \(shortNumber(value))"
    case .normal(let mean, let std): "N(\(shortNumber(mean)), \(shortNumber(std))^2)"
    case .uniform(let low, let high): "U[\(shortNumber(low)), \(shortNumber(high)))"
    case .triangular(let low, let high): "the sum of two U[\(shortNumber(low / 2)), \(shortNumber(high / 2)))"
    case .part(let matrix, let law):
      "\(law.distribution) \(matrix.isWhole ? "as" : "in") one matrix of \(matrix.shape.rows) x \(matrix.shape.columns)"
    case .truncatedNormal(let mean, let std, let low, let high):
      "N(\(shortNumber(mean)), \(shortNumber(std))^2) on [\(shortNumber(low)), \(shortNumber(high))]"
    case .orthogonal(let gain, _): gain == 1 ? "orthogonal" : "\(shortNumber(gain)) * orthogonal"
    case .identity(let gain): gain == 1 ? "identity" : "\(shortNumber(gain)) * identity"
    case .sparse(let zeros, let std): "N(0, \(shortNumber(std))^2) with \(zeros) zeros a column"
    case .dirac: "identity at the centre tap"
    case .deltaOrthogonal(let gain):
      gain == 1 ? "orthogonal at the centre tap" : "\(shortNumber(gain)) * orthogonal at the centre tap"
    case .dataDependent(.lsuv(let tolerance, let attempts)):
      "orthogonal, scaled to output variance 1 +- \(shortNumber(tolerance)) in at most \(attempts) steps"
    case .dataDependent(.withinLayer): "normal, each unit scaled and shifted to mean 0 and variance 1"
    case .unknown: "as the file has them"
    }
  }
}

extension WeightShape {
  /// The share of the entries that are 1 in an identity matrix of this shape.
  fileprivate var shareOfOnes: Double {
    Double(groups * min(outputs / groups, inputs / groups)) / Double(outputs * columns)
  }
}
