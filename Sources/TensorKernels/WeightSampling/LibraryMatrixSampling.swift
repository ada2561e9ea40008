import NetworkGraph

extension WeightSampler {
  /// Draws the whole matrix that a library stores and copies this tensor's part of it. Other parts of the matrix draw it
  /// again, from the same stream.
  static func fillPart(
    _ weights: UnsafeMutableBufferPointer<Float>, of matrix: LibraryMatrix, law: WeightLaw, stream: RandomStream
  ) -> Int {
    if matrix.place == .all { return fill(weights, law: law, shape: matrix.shape, stream: stream) }
    let whole = UnsafeMutableBufferPointer<Float>.allocate(capacity: matrix.shape.count)
    defer { whole.deallocate() }
    let exponent = fill(whole, law: law, shape: matrix.shape, stream: stream)
    switch matrix.place {
    case .all: break
    case .rows(let first):
      let start = first * matrix.shape.columns
      precondition(start + weights.count <= whole.count, "\(weights.count) weights from row \(first) of \(matrix.shape)")
      _ = weights.update(fromContentsOf: whole[start..<start + weights.count])
    case .heads(let heads):
      precondition(weights.count == whole.count, "\(weights.count) weights for a matrix of \(whole.count)")
      let size = matrix.shape.rows, columns = matrix.shape.columns, inputs = columns / heads
      for head in 0..<heads {
        for row in 0..<size {
          for input in 0..<inputs {
            weights[(head * size + row) * inputs + input] = whole[row * columns + input * heads + head]
          }
        }
      }
    }
    return exponent
  }
}
