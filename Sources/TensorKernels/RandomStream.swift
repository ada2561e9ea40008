import CTensorKernels

/// The random numbers of one tensor: they depend on seed, replica, node and tensor, and on nothing else.
///
/// Element `i` of a stream does not depend on what was drawn before, on threads or on the processor (the general truncated
/// normal apart, whose last bit may differ between C libraries). The words are Philox4x32-10 (Salmon 2011, "Parallel random
/// numbers: as easy as 1, 2, 3") with the key `SipHash-2-4(node name)` under the seed, and the counter (block, replica,
/// tensor). Distributions of one kind share their base draws, whatever their scale: initializers are compared in pairs.
public struct RandomStream: Sendable, Hashable {
  /// What the numbers are for. Raw values are part of the stream's key, so cases may be added but never renumbered.
  public enum Tensor: UInt32, Sendable, CaseIterable {
    case weight = 0
    case bias = 1
    case input = 2
    case cotangent = 3
    case probe = 4
    /// Where a sparse weight tensor has its zeros.
    case pattern = 5
    /// Which values dropout keeps.
    case mask = 6
    /// In which order training visits samples.
    case order = 7
    /// The second of the two vectors for which one bias stands.
    case secondBias = 8
  }

  /// Fills must start at a multiple of this many elements.
  public static let alignment = Int(INITSCOPE_CHUNK)

  public let key: UInt64
  public let replica: UInt32
  public let tensor: Tensor

  public init(seed: UInt64, replica: Int, node: String, tensor: Tensor) {
    precondition(replica >= 0 && replica <= Int(UInt32.max), "a replica's number must fit 32 bits, got \(replica)")
    // The high half of the key tells this use of the hash from others; it reads "InitScop".
    key = SipHash.hash(node.utf8, key: (low: seed, high: 0x496e_6974_5363_6f70))
    self.replica = UInt32(replica)
    self.tensor = tensor
  }

  /// Makes a stream with a given key.
  package init(key: UInt64, replica: UInt32, tensor: Tensor) {
    self.key = key
    self.replica = replica
    self.tensor = tensor
  }

  /// The stream of another tensor of the same node and replica.
  public func of(_ tensor: Tensor) -> RandomStream { RandomStream(key: key, replica: replica, tensor: tensor) }

  private var cStream: initscope_stream { initscope_stream(key: key, replica: replica, tensor: tensor.rawValue) }

  private func chunk(of element: Int) -> UInt64 {
    precondition(
      element >= 0 && element % Self.alignment == 0,
      "a fill starts at a multiple of \(Self.alignment) elements, got \(element)")
    return UInt64(element / Self.alignment)
  }
}

// MARK: - Fills

extension RandomStream {
  /// Fills the buffer with uniform 32-bit words: elements `element ..< element + buffer.count` of the stream.
  public func fillWords(_ buffer: UnsafeMutableBufferPointer<UInt32>, from element: Int = 0) {
    guard let start = buffer.baseAddress else { return }
    initscope_sample_words(start, buffer.count, cStream, chunk(of: element))
  }

  /// Fills the buffer with standard normals by Box and Muller's transformation of 32-bit uniforms, which reaches 6.76
  /// deviations.
  public func fillNormal(
    _ buffer: UnsafeMutableBufferPointer<Float>, mean: Double = 0, std: Double = 1, from element: Int = 0
  ) {
    precondition(std >= 0, "a deviation cannot be negative, got \(std)")
    guard let start = buffer.baseAddress else { return }
    initscope_sample_normal(start, buffer.count, cStream, chunk(of: element), Float(mean), Float(std))
  }

  /// Fills the buffer with uniforms on `[low, high)`; all are `low` where the two are the same Float.
  public func fillUniform(
    _ buffer: UnsafeMutableBufferPointer<Float>, low: Double, high: Double, from element: Int = 0
  ) {
    precondition(low < high, "a uniform's bounds must be in order, got \(low) and \(high)")
    guard let start = buffer.baseAddress else { return }
    guard Float(low) < Float(high) else { return buffer.update(repeating: Float(low)) }
    initscope_sample_uniform(start, buffer.count, cStream, chunk(of: element), Float(low), Float(high))
  }

  /// Fills the buffer with normals cut off to the absolute bounds `[low, high]`, by the inverse of their distribution.
  /// Bounds must come within 37 deviations of the mean.
  public func fillTruncatedNormal(
    _ buffer: UnsafeMutableBufferPointer<Float>, mean: Double, std: Double, low: Double, high: Double,
    from element: Int = 0
  ) {
    precondition(std > 0 && low < high, "truncated normal of deviation \(std) on [\(low), \(high)]")
    let below = (low - mean) / std, above = (high - mean) / std
    // Slightly beyond 37, so that bounds at 37 survive the rounding of this division. The tail's mass is a Double up to
    // 38.4.
    precondition(below < 37.5 && above > -37.5, "[\(low), \(high)] is out of reach of N(\(mean), \(std)^2)")
    guard let start = buffer.baseAddress else { return }
    if abs(below + above) <= 1e-7 * (above - below), above <= 2.9 {
      initscope_sample_truncated_symmetric(
        start, buffer.count, cStream, chunk(of: element), Float(mean), Float(std), Float(above))
    } else {
      initscope_sample_truncated(start, buffer.count, cStream, chunk(of: element), mean, std, low, high)
    }
  }
}
