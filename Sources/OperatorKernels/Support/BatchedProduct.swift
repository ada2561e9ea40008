import NetworkGraph
import TensorKernels

/// Matrix products by oneDNN, over blocks of rows that several threads can share.
enum BatchedProduct {
  /// Rows of one block. Blocks do not depend on the number of threads, so results do not either.
  static let blockRows = 256
  /// Multiplications below which a product is not cut.
  static let smallProduct = 1 << 22

  /// `C = alpha A' B'`, of contiguous matrices: A' is m x k, B' is k x n; each stored as it is or transposed.
  static func product(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ transposesA: Bool, _ b: UnsafePointer<Float>,
    _ transposesB: Bool, into c: UnsafeMutablePointer<Float>, team: any OperatorTeam
  ) {
    guard m > 0, n > 0 else { return }
    guard k > 0 else {
      c.update(repeating: 0, count: m * n)
      return
    }
    let rows = m * n * k < smallProduct ? m : blockRows
    team.split(m, grain: rows) { block in
      let (start, count) = (block.lowerBound, block.count), target = c + start * n
      // A transposed A has its rows as columns, m values apart.
      let left = transposesA ? a + start : a + start * k, lda = transposesA ? m : k
      switch (transposesA, transposesB) {
      case (false, false):
        MatrixProduct.nn(m: count, n: n, k: k, alpha: alpha, left, lda: lda, b, ldb: n, into: target, ldc: n)
      case (false, true):
        MatrixProduct.nt(m: count, n: n, k: k, alpha: alpha, left, lda: lda, b, ldb: k, into: target, ldc: n)
      case (true, false):
        MatrixProduct.tn(m: count, n: n, k: k, alpha: alpha, left, lda: lda, b, ldb: n, into: target, ldc: n)
      case (true, true):
        MatrixProduct.tt(m: count, n: n, k: k, alpha: alpha, left, lda: lda, b, ldb: k, into: target, ldc: n)
      }
    }
  }
}
