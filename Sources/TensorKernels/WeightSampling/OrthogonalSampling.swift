import COpenBLAS

extension WeightSampler {
  /// Fills a random (Haar-distributed) orthogonal matrix times `gain`: orthonormal rows where there are no more rows than
  /// columns, orthonormal columns otherwise.
  ///
  /// The orthogonal factor Q of a Gaussian matrix A = QR is Haar-distributed once R's diagonal is made positive (Mezzadri
  /// 2007, section 5). A itself need not be factored: what each Householder reflection leaves is Gaussian again and
  /// independent of it, so that the k-th reflection may come from fresh normals in the n - k + 1 coordinates it acts on
  /// (Stewart 1980, "The efficient generation of random orthogonal matrices"). Only forming Q remains, half the
  /// work.
  ///
  /// - Parameter element: the first element of the stream to use, a multiple of `RandomStream.alignment`.
  static func fillOrthogonal(
    _ matrix: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, gain: Double, stream: RandomStream,
    from element: Int = 0
  ) {
    precondition(matrix.count == rows * columns, "\(matrix.count) entries for \(rows) x \(columns)")
    if rows <= columns {
      // LAPACK's column-major columns x rows factor is, row-major, the rows x columns matrix with orthonormal rows.
      stream.fillNormal(matrix, from: element)
      orthonormalizeColumns(matrix, length: columns, count: rows, gain: Float(gain))
    } else {
      let factor = UnsafeMutableBufferPointer<Float>.allocate(capacity: matrix.count)
      defer { factor.deallocate() }
      stream.fillNormal(factor, from: element)
      orthonormalizeColumns(factor, length: rows, count: columns, gain: Float(gain))
      transpose(factor, rows: columns, columns: rows, into: matrix)
    }
  }

  /// Replaces a column-major `length x count` matrix of normals, `length >= count`, by a random matrix with orthonormal
  /// columns, times `gain`. Entries above the diagonal are not read.
  private static func orthonormalizeColumns(
    _ matrix: UnsafeMutableBufferPointer<Float>, length: Int, count: Int, gain: Float
  ) {
    guard let entries = matrix.baseAddress else { return }
    _ = KernelLibrary.singleThreadedOpenBLAS
    // LAPACK's reflector I - tau v v^T with v = (1, x_2 / (x_1 - beta), ...) maps x to (beta, 0, ...), where
    // beta = -sign(x_1) |x|. R's diagonal is beta: its sign goes into the scale of Q's column. Without it Q's first entry
    // would never be positive.
    var tau = [Float](repeating: 0, count: count)
    var scales = [Float](repeating: gain, count: count)
    for column in 0..<count {
      let x = UnsafeMutableBufferPointer(start: entries + column * length + column, count: length - column)
      let first = Double(x[0])
      guard x.count > 1 else {
        // The last coordinate has no reflection: tau = 0, and R's entry is x_1.
        if first < 0 { scales[column] = -gain }
        continue
      }
      let norm = x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { continue }
      let beta = first < 0 ? norm : -norm
      if beta < 0 { scales[column] = -gain }
      tau[column] = Float((beta - first) / beta)
      let factor = Float(1 / (first - beta))
      for row in 1..<x.count { x[row] *= factor }
    }

    var m = Int32(length), n = Int32(count), info: Int32 = 0
    var size: Float = 0
    var query: Int32 = -1
    sorgqr_(&m, &n, &n, entries, &m, &tau, &size, &query, &info)
    // Float holds the size to a part in 2^24, rounded to nearest.
    var workSize = Int32(size.nextUp.rounded(.up))
    var work = [Float](repeating: 0, count: Int(workSize))
    sorgqr_(&m, &n, &n, entries, &m, &tau, &work, &workSize, &info)
    precondition(info == 0, "sorgqr refused argument \(-info)")
    for (column, scale) in scales.enumerated() {
      let start = entries + column * length
      for row in 0..<length { start[row] *= scale }
    }
  }

  /// Transposes a row-major matrix tile by tile, so that cache lines are used whole on both sides.
  private static func transpose(
    _ source: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let tile = 16
    for firstRow in stride(from: 0, to: rows, by: tile) {
      for firstColumn in stride(from: 0, to: columns, by: tile) {
        for column in firstColumn..<min(firstColumn + tile, columns) {
          for row in firstRow..<min(firstRow + tile, rows) {
            target[column * rows + row] = source[row * columns + column]
          }
        }
      }
    }
  }
}
