/// Copies between the layout in which a graph stores a parameter and that of initializers, rows of outputs.
extension GraphParameter {
  /// Copies the stored values as rows of `weightShape`, or as they are where the parameter is no weight.
  ///
  /// - Parameters:
  ///   - stored: The values as the graph has them.
  ///   - target: As many values, row-major, units x inputs.
  ///   - adding: Whether the values are added to those in the target.
  package func copyRows(
    from stored: UnsafeMutableBufferPointer<Float>, to target: UnsafeMutablePointer<Float>, adding: Bool = false
  ) {
    forEachPlace(stored.count) { row, place in target[row] = adding ? target[row] + stored[place] : stored[place] }
  }

  /// Copies rows of `weightShape` to the stored layout.
  ///
  /// - Parameters:
  ///   - rows: Values, row-major, units x inputs.
  ///   - stored: Room for as many.
  package func copyRows(_ rows: UnsafePointer<Float>, into stored: UnsafeMutableBufferPointer<Float>) {
    forEachPlace(stored.count) { row, place in stored[place] = rows[row] }
  }

  /// Every place among the rows, with the place in the stored tensor.
  private func forEachPlace(_ count: Int, _ body: (_ row: Int, _ stored: Int) -> Void) {
    guard isTransposed, let weightShape else {
      for place in 0..<count { body(place, place) }
      return
    }
    let outputs = weightShape.outputs, columns = weightShape.columns
    for start in stride(from: 0, to: count, by: outputs * columns) {
      for row in 0..<outputs {
        for column in 0..<columns { body(start + row * columns + column, start + column * outputs + row) }
      }
    }
  }

  /// The lengths of a tensor's values along an axis: what weight normalization multiplies its directions by.
  ///
  /// - Parameters:
  ///   - values: The tensor, row-major.
  ///   - shape: Its extents.
  ///   - axis: The axis that has a length for each index; nil for one length of all values.
  package static func lengths(
    of values: UnsafeMutableBufferPointer<Float>, shape: TensorShape, axis: Int?
  ) -> [Float] {
    guard let axis else { return [Float(values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())] }
    let count = shape[axis], inner = shape.extents[(axis + 1)...].reduce(1, *)
    var squares = [Double](repeating: 0, count: count)
    for (place, value) in values.enumerated() { squares[place / inner % count] += Double(value) * Double(value) }
    return squares.map { Float($0.squareRoot()) }
  }
}
