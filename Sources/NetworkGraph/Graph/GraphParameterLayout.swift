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
    guard let start = stored.baseAddress else { return }
    if isTransposed, weightShape != nil {
      forEachTransposed { row, place in target[row] = adding ? target[row] + start[place] : start[place] }
    } else if adding {
      for place in 0..<stored.count { target[place] += start[place] }
    } else {
      target.update(from: start, count: stored.count)
    }
  }

  /// Copies rows of `weightShape` to the stored layout.
  ///
  /// - Parameters:
  ///   - rows: Values, row-major, units x inputs.
  ///   - stored: Room for as many.
  package func copyRows(_ rows: UnsafePointer<Float>, into stored: UnsafeMutableBufferPointer<Float>) {
    guard let start = stored.baseAddress else { return }
    if isTransposed, weightShape != nil {
      forEachTransposed { row, place in start[place] = rows[row] }
    } else {
      start.update(from: rows, count: stored.count)
    }
  }

  /// Every place among the rows, in order, with the place in the stored tensor. Large models are copied so in each pass of a
  /// verdict: the places are counted, not divided for.
  private func forEachTransposed(_ body: (_ row: Int, _ stored: Int) -> Void) {
    guard let weightShape else { return }
    let taps = weightShape.receptiveField, outputs = weightShape.outputs / weightShape.groups
    let inputs = weightShape.inputs / weightShape.groups, size = outputs * inputs * taps
    var row = 0
    for start in stride(from: 0, to: weightShape.count, by: size) {
      for output in 0..<outputs {
        for input in 0..<inputs {
          let place = start + (input * outputs + output) * taps
          for tap in 0..<taps {
            body(row, place + tap)
            row += 1
          }
        }
      }
    }
  }

  /// Where the graph stores a weight of a unit: inputs before outputs where it is transposed, kernel positions last.
  ///
  /// - Parameters:
  ///   - row: The unit.
  ///   - column: Its input, and the kernel position within it.
  package func storedPlace(_ row: Int, _ column: Int) -> Int {
    guard let weightShape else { return 0 }
    guard isTransposed else { return row * weightShape.columns + column }
    let taps = weightShape.receptiveField, outputs = weightShape.outputs / weightShape.groups
    let inputs = weightShape.inputs / weightShape.groups
    // Copies and groups have blocks of their own.
    let (block, output) = row.quotientAndRemainder(dividingBy: outputs)
    let (input, tap) = column.quotientAndRemainder(dividingBy: taps)
    return ((block * inputs + input) * outputs + output) * taps + tap
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
