import NetworkGraph

extension WeightSampler {
  /// Fills a convolution kernel that is zero except at its centre, which is a random orthogonal matrix times `gain` in each
  /// group (Xiao 2018): with no more inputs than units, `|W x| = gain |x|` at every position.
  static func fillDeltaOrthogonal(
    _ weights: UnsafeMutableBufferPointer<Float>, shape: WeightShape, gain: Double, stream: RandomStream,
    from element: Int = 0
  ) {
    weights.update(repeating: 0)
    let unitsPerGroup = shape.outputs / shape.groups, inputsPerGroup = shape.inputs / shape.groups
    let center = centerTap(of: shape), taps = shape.receptiveField
    let size = unitsPerGroup * inputsPerGroup
    let elementsPerGroup = (size + RandomStream.alignment - 1) / RandomStream.alignment * RandomStream.alignment
    let matrix = UnsafeMutableBufferPointer<Float>.allocate(capacity: size)
    defer { matrix.deallocate() }
    for group in 0..<shape.groups {
      fillOrthogonal(
        matrix, rows: unitsPerGroup, columns: inputsPerGroup, gain: gain, stream: stream,
        from: element + group * elementsPerGroup)
      for unit in 0..<unitsPerGroup {
        let row = (group * unitsPerGroup + unit) * shape.columns
        for input in 0..<inputsPerGroup {
          weights[row + input * taps + center] = matrix[unit * inputsPerGroup + input]
        }
      }
    }
  }
}
