import COpenBLAS

extension WeightSampler {
  /// A Haar-distributed semi-orthogonal matrix times `gain`: orthonormal rows where there are no more rows than columns,
  /// orthonormal columns elsewhere.
  ///
  /// The QR factor Q of a Gaussian matrix A = QR is Haar-distributed only if R's diagonal is positive. LAPACK's is not: its
  /// first entry takes the sign opposite to A's, so that the first entry of Q would never be positive. Each column of Q is
  /// therefore multiplied by the sign of its diagonal entry of R (Mezzadri 2007, section 5).
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

  /// Replaces a column-major `length x count` matrix, `length >= count`, by its sign-fixed orthogonal factor times `gain`.
  private static func orthonormalizeColumns(
    _ matrix: UnsafeMutableBufferPointer<Float>, length: Int, count: Int, gain: Float
  ) {
    guard let entries = matrix.baseAddress else { return }
    _ = singleThreadedLAPACK
    var m = Int32(length), n = Int32(count), info: Int32 = 0
    var tau = [Float](repeating: 0, count: count)

    var size: (factor: Float, form: Float) = (0, 0)
    var query: Int32 = -1
    sgeqrf_(&m, &n, entries, &m, &tau, &size.factor, &query, &info)
    sorgqr_(&m, &n, &n, entries, &m, &tau, &size.form, &query, &info)
    // Float holds the sizes to a part in 2^24, rounded to nearest.
    var workSize = Int32(max(size.factor, size.form).nextUp.rounded(.up))
    var work = [Float](repeating: 0, count: Int(workSize))

    sgeqrf_(&m, &n, entries, &m, &tau, &work, &workSize, &info)
    precondition(info == 0, "sgeqrf refused argument \(-info)")
    let scales = (0..<count).map { entries[$0 * length + $0] < 0 ? -gain : gain }
    sorgqr_(&m, &n, &n, entries, &m, &tau, &work, &workSize, &info)
    precondition(info == 0, "sorgqr refused argument \(-info)")
    for (column, scale) in scales.enumerated() {
      let start = entries + column * length
      for row in 0..<length { start[row] *= scale }
    }
  }

  /// Transposes a row-major matrix, tile by tile: either side's cache lines are used whole.
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

  /// The callers are the threads; OpenBLAS's own would contend with them, and would round differently by their number.
  private static let singleThreadedLAPACK: Void = openblas_set_num_threads(1)
}
