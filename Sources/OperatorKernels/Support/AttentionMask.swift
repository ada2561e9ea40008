import NetworkGraph

/// What is added to scores: a mask of floats or bools that is repeated to all heads, causality, and padding.
struct AttentionMask {
  let view: TensorView?
  /// Strides of samples, heads, rows and columns, 0 where repeated.
  private let strides: [Int]
  /// Columns that the mask has; others are masked.
  private let columns: Int
  let isCausal: Bool
  let lengths: TensorView?
  let sizes: AttentionSizes

  init(_ view: TensorView?, isCausal: Bool, lengths: TensorView?, _ sizes: AttentionSizes) {
    self.view = view
    self.isCausal = isCausal
    self.lengths = lengths
    self.sizes = sizes
    guard let view else {
      strides = [0, 0, 0, 0]
      columns = sizes.keys
      return
    }
    let shape = view.shape, own = shape.strides
    strides = (0..<4).map { axis in
      let place = axis - (4 - shape.rank)
      return place < 0 || shape[place] == 1 ? 0 : own[place]
    }
    columns = shape.rank == 0 || shape[shape.rank - 1] == 1 ? sizes.keys : shape[shape.rank - 1]
  }

  /// The number of columns that a block of rows can see.
  func width(_ rows: Range<Int>) -> Int {
    isCausal ? min(sizes.keys, sizes.past + rows.upperBound) : sizes.keys
  }

  /// Adds the mask to scores of a block of rows, `width` columns each.
  func add(
    to scores: UnsafeMutablePointer<Float>, sample: Int, head: Int, rows: Range<Int>, width: Int
  ) {
    let given = min(width, columns)
    for (number, row) in rows.enumerated() {
      let target = scores + number * width
      if let view {
        let start = sample * strides[0] + head * strides[1] + row * strides[2], step = strides[3]
        if view.type.element == .bool {
          for column in 0..<given where view.bools[start + column * step] == 0 { target[column] = -.infinity }
        } else if step == 1 {
          let source = view.floats + start
          for column in 0..<given { target[column] += source[column] }
        } else {
          for column in 0..<given { target[column] += view.floats[start + column * step] }
        }
        for column in given..<max(given, width) { target[column] = -.infinity }
      }
      if isCausal {
        let seen = min(width, sizes.past + row + 1)
        for column in seen..<max(seen, width) { target[column] = -.infinity }
      }
      if let lengths {
        let seen = min(width, max(0, Int(clamping: lengths.integers[sample])))
        for column in seen..<width { target[column] = -.infinity }
      }
    }
  }

  /// Adds gradients of scores to the mask's gradient.
  func collect(
    _ gradients: UnsafePointer<Float>, sample: Int, head: Int, rows: Range<Int>, width: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    for (number, row) in rows.enumerated() {
      let start = sample * strides[0] + head * strides[1] + row * strides[2]
      for column in 0..<min(width, columns) { target[start + column * strides[3]] += gradients[number * width + column] }
    }
  }
}
