import CTensorKernels
import TensorKernels

/// One product of matrices on the calling thread: small ones by a kernel of our own, others by oneDNN.
///
/// The choice depends on the shape alone, so that results do not depend on threads.
enum SmallProduct {
  /// Multiplications below which a call of a library costs more than it saves.
  private static let fewProducts = 1 << 21
  /// Values of B that stay in cache while all rows of A go by.
  private static let smallMatrix = 1 << 14

  /// `C = alpha A' B'`, or `C += alpha A' B'`: A' is m x k, B' is k x n; each stored as it is or transposed.
  static func run(
    m: Int, n: Int, k: Int, alpha: Float = 1, _ a: UnsafePointer<Float>, lda: Int, transposed transposesA: Bool,
    _ b: UnsafePointer<Float>, ldb: Int, transposed transposesB: Bool, into c: UnsafeMutablePointer<Float>, ldc: Int,
    adding: Bool = false
  ) {
    if n * k <= smallMatrix || m * n * k < fewProducts {
      initscope_small_product(
        transposesA ? 1 : 0, transposesB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, adding ? 1 : 0, c, ldc)
      return
    }
    switch (transposesA, transposesB) {
    case (false, false):
      MatrixProduct.nn(m: m, n: n, k: k, alpha: alpha, a, lda: lda, b, ldb: ldb, into: c, ldc: ldc, adding: adding)
    case (false, true):
      MatrixProduct.nt(m: m, n: n, k: k, alpha: alpha, a, lda: lda, b, ldb: ldb, into: c, ldc: ldc, adding: adding)
    case (true, false):
      MatrixProduct.tn(m: m, n: n, k: k, alpha: alpha, a, lda: lda, b, ldb: ldb, into: c, ldc: ldc, adding: adding)
    case (true, true):
      MatrixProduct.tt(m: m, n: n, k: k, alpha: alpha, a, lda: lda, b, ldb: ldb, into: c, ldc: ldc, adding: adding)
    }
  }
}
