import NetworkGraph

extension WeightSampler {
  /// Entries drawn independently, or all alike.
  static func fillPlain(_ weights: UnsafeMutableBufferPointer<Float>, law: WeightLaw, stream: RandomStream) {
    switch law {
    case .constant(let value): weights.update(repeating: Float(value))
    case .normal(let mean, let std): stream.fillNormal(weights, mean: mean, std: std)
    case .uniform(let low, let high): stream.fillUniform(weights, low: low, high: high)
    case .truncatedNormal(let mean, let std, let low, let high):
      stream.fillTruncatedNormal(weights, mean: mean, std: std, low: low, high: high)
    default: preconditionFailure("\(law) has a structure")
    }
  }
}
