import NetworkGraph

extension WeightSampler {
  /// Fills a tensor whose entries are independent, or all equal; with zeros where a file brings the values afterwards.
  static func fillPlain(_ weights: UnsafeMutableBufferPointer<Float>, law: WeightLaw, stream: RandomStream) {
    switch law {
    case .constant(let value): weights.update(repeating: Float(value))
    case .unknown: weights.update(repeating: 0)
    case .normal(let mean, let std): stream.fillNormal(weights, mean: mean, std: std)
    case .uniform(let low, let high): stream.fillUniform(weights, low: low, high: high)
    case .triangular(let low, let high):
      stream.fillUniform(weights, low: low / 2, high: high / 2)
      let second = UnsafeMutableBufferPointer<Float>.allocate(capacity: weights.count)
      defer { second.deallocate() }
      stream.of(.secondBias).fillUniform(second, low: low / 2, high: high / 2)
      for place in weights.indices { weights[place] += second[place] }
    case .truncatedNormal(let mean, let std, let low, let high):
      stream.fillTruncatedNormal(weights, mean: mean, std: std, low: low, high: high)
    default: preconditionFailure("\(law) has a structure")
    }
  }
}
