import NetworkGraph

/// Draws weight and bias tensors from their laws.
public enum WeightSampler {
  /// Fills a weight tensor, row-major `shape.rows x shape.columns`, and returns the exponent `e` of its scale: the weights
  /// are the stored numbers times `2^e`.
  ///
  /// `e` is 0 where the law's root mean square lies within `[2^-20, 2^20]`; elsewhere it brings the stored numbers' to
  /// `[1, 2)`, so that laws of 1e-30 or 1e30 keep Float's precision. Nothing depends on threads, and any number of them may
  /// draw at once.
  ///
  /// - Precondition: the law is not data-dependent; code that has the data draws those from `.orthogonal` or `.normal`.
  public static func fill(
    _ weights: UnsafeMutableBufferPointer<Float>, law: WeightLaw, shape: WeightShape, stream: RandomStream
  ) -> Int {
    precondition(weights.count == shape.count, "\(weights.count) weights for a shape of \(shape.count)")
    if case .part(let matrix, let law) = law { return fillPart(weights, of: matrix, law: law, stream: stream) }
    let exponent = storageExponent(law, shape)
    let law = exponent == 0 ? law : law.scaled(by: Double(sign: .plus, exponent: -exponent, significand: 1))
    switch law {
    case .constant, .normal, .uniform, .triangular, .truncatedNormal, .unknown: fillPlain(weights, law: law, stream: stream)
    case .sparse(let zeros, let std): fillSparse(weights, shape: shape, zerosPerColumn: zeros, std: std, stream: stream)
    // Both orders of factorization have the same distribution, so one draw serves both and frameworks' variants can be
    // compared in pairs.
    case .orthogonal(let gain, _):
      eachCopy(weights, shape) { matrix, element in
        fillOrthogonal(
          matrix, rows: shape.outputs, columns: shape.columns, gain: gain, stream: stream, from: element)
      }
    case .identity(let gain): eachCopy(weights, shape) { matrix, _ in fillIdentity(matrix, shape: shape, gain: gain) }
    case .dirac: eachCopy(weights, shape) { matrix, _ in fillIdentity(matrix, shape: shape, gain: 1) }
    case .deltaOrthogonal(let gain):
      eachCopy(weights, shape) { matrix, element in
        fillDeltaOrthogonal(matrix, shape: shape, gain: gain, stream: stream, from: element)
      }
    case .part, .dataDependent: preconditionFailure("a data-dependent law cannot be drawn without data: \(law)")
    }
    return exponent
  }

  /// Calls `fill` for each copy with its part of the tensor and the first element of its own part of the stream.
  private static func eachCopy(
    _ weights: UnsafeMutableBufferPointer<Float>, _ shape: WeightShape,
    _ fill: (UnsafeMutableBufferPointer<Float>, Int) -> Void
  ) {
    let size = shape.outputs * shape.columns
    // A group's matrices start at chunks of their own: delta-orthogonal kernels use up to one chunk more per group.
    let elements = (size / RandomStream.alignment + shape.groups) * RandomStream.alignment
    for copy in 0..<shape.copies {
      fill(UnsafeMutableBufferPointer(rebasing: weights[copy * size..<(copy + 1) * size]), copy * elements)
    }
  }

  /// Fills a layer's bias, one entry for each row of the weights; returns the exponent as ``fill(_:law:shape:stream:)``
  /// does.
  public static func fillBias(
    _ bias: UnsafeMutableBufferPointer<Float>, law: WeightLaw, shape: WeightShape, stream: RandomStream
  ) -> Int {
    precondition(bias.count == shape.rows, "\(bias.count) biases for \(shape.rows) units")
    let exponent = storageExponent(law, shape)
    let law = exponent == 0 ? law : law.scaled(by: Double(sign: .plus, exponent: -exponent, significand: 1))
    switch law {
    case .constant, .normal, .uniform, .triangular, .truncatedNormal, .unknown: fillPlain(bias, law: law, stream: stream)
    default: preconditionFailure("a bias has no matrix for the law \(law)")
    }
    return exponent
  }

  /// The binary exponent of the law's root mean square, where Float needs it.
  private static func storageExponent(_ law: WeightLaw, _ shape: WeightShape) -> Int {
    guard let size = law.rootMeanSquare(shape), size > 0, !(0x1p-20...0x1p20).contains(size) else { return 0 }
    // Beyond 2^1000 a power of two may have no Double reciprocal.
    return min(max(Int(size.exponent), -1000), 1000)
  }
}
