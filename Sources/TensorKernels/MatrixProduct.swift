import COneDNN
import COpenBLAS

/// Single-precision matrix products of row-major matrices, by oneDNN, or by OpenBLAS where the product is small.
///
/// The first oneDNN product of a process compiles its kernel for 30-60 ms. The choice depends on the shape alone, so results
/// do not depend on threads or order.
public enum MatrixProduct {
  /// Below this many multiply-adds a product goes to OpenBLAS.
  static let smallProduct = 1 << 21

  /// `C = alpha A B^T`, with A (m x k), B (n x k), C (m x n): a layer's forward product.
  public static func nt(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    product("N", "T", m, n, k, alpha, a, k, b, k, c)
  }

  /// `C = alpha A B`, with A (m x k), B (k x n), C (m x n): the product that takes the gradient back.
  public static func nn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    product("N", "N", m, n, k, alpha, a, k, b, n, c)
  }

  /// `C = alpha A^T B`, with A (k x m), B (k x n), C (m x n): the weight gradient.
  public static func tn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    product("T", "N", m, n, k, alpha, a, m, b, n, c)
  }

  /// `C = alpha A B^T`, or `C += alpha A B^T`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func nt(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    product("N", "T", m, n, k, alpha, a, lda, b, ldb, c, ldc: ldc, adding: adding)
  }

  /// `C = alpha A B`, or `C += alpha A B`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func nn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    product("N", "N", m, n, k, alpha, a, lda, b, ldb, c, ldc: ldc, adding: adding)
  }

  /// `C = alpha A^T B`, or `C += alpha A^T B`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func tn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    product("T", "N", m, n, k, alpha, a, lda, b, ldb, c, ldc: ldc, adding: adding)
  }

  /// `C = alpha A^T B^T`, or `C += alpha A^T B^T`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func tt(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    product("T", "T", m, n, k, alpha, a, lda, b, ldb, c, ldc: ldc, adding: adding)
  }

  private static func product(
    _ transA: Unicode.Scalar, _ transB: Unicode.Scalar, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
    _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ c: UnsafeMutablePointer<Float>,
    ldc: Int? = nil, adding: Bool = false
  ) {
    let ldc = ldc ?? n, beta: Float = adding ? 1 : 0
    if m * n * k < smallProduct {
      _ = KernelLibrary.singleThreadedOpenBLAS
      let transpose = Int32(InitScopeTranspose), plain = Int32(InitScopeNoTranspose)
      cblas_sgemm(
        Int32(InitScopeRowMajor), transA == "T" ? transpose : plain, transB == "T" ? transpose : plain, Int32(m),
        Int32(n), Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
    } else {
      let status = dnnl_sgemm(
        CChar(transA.value), CChar(transB.value), dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k), alpha, a, dnnl_dim_t(lda), b,
        dnnl_dim_t(ldb), beta, c, dnnl_dim_t(ldc))
      precondition(status == dnnl_success, "dnnl_sgemm(\(m), \(n), \(k)) failed with status \(status)")
    }
  }
}
