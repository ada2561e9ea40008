import NetworkGraph

extension WeightSampler {
  /// Draws a layer's parameter tensor in true units; for a data-dependent scheme, its starting values.
  ///
  /// Audits and training both draw here, from streams keyed by layer and tensor: what is audited at step 0 is what is
  /// trained. Values beyond Float's range become infinite or zero.
  public static func draw(
    _ tensor: ParameterTensor, of layer: String, law: WeightLaw, seed: UInt64, replica: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    let buffer = UnsafeMutableBufferPointer(start: target, count: tensor.count)
    if case .constant(let value) = law {
      buffer.update(repeating: Float(value))
      return
    }
    let stream = RandomStream(
      seed: seed, replica: replica, node: tensor.streamName(in: layer, law: law),
      tensor: tensor.role == .weight ? .weight : .bias)
    let exponent =
      tensor.role == .weight
      ? fill(buffer, law: law.start(for: tensor.shape), shape: tensor.shape, stream: stream)
      : fillBias(buffer, law: law, shape: tensor.shape, stream: stream)
    guard exponent != 0 else { return }
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    for place in buffer.indices { buffer[place] = Float(Double(buffer[place]) * scale) }
  }
}
