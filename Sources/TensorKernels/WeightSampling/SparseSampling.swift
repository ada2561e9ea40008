import NetworkGraph

extension WeightSampler {
  /// Fills normals with `zerosPerColumn` zeros at random rows of each column, every choice equally likely (Martens 2010,
  /// section 5).
  ///
  /// The rows are the beginning of a Fisher-Yates shuffle that goes on from column to column; the weights that stay are
  /// those of the normal law with the same stream. Copies go on where the one above them ended.
  static func fillSparse(
    _ weights: UnsafeMutableBufferPointer<Float>, shape: WeightShape, zerosPerColumn: Int, std: Double, stream: RandomStream
  ) {
    let rows = shape.outputs, columns = shape.columns
    precondition(0...rows ~= zerosPerColumn, "\(zerosPerColumn) zeros in a column of \(rows)")
    stream.fillNormal(weights, mean: 0, std: std)
    let pattern = stream.of(.pattern)
    let wordsPerColumn =
      (zerosPerColumn + RandomStream.alignment - 1) / RandomStream.alignment * RandomStream.alignment
    var order = Array(0..<rows)
    var words = [UInt32](repeating: 0, count: wordsPerColumn)
    for place in 0..<shape.copies * columns {
      let (copy, column) = place.quotientAndRemainder(dividingBy: columns)
      words.withUnsafeMutableBufferPointer { pattern.fillWords($0, from: place * wordsPerColumn) }
      for position in 0..<zerosPerColumn {
        order.shuffleStep(at: position, words[position])
        weights[(copy * rows + order[position]) * columns + column] = 0
      }
    }
  }
}
