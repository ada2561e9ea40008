import COneDNN
import CTensorKernels

/// Single-precision matrix products of row-major matrices: small ones by a kernel of our own, others by oneDNN.
///
/// A library prepares each call, which small products do not repay, and the first oneDNN product of a process compiles its
/// kernel for 30-60 ms. The choice depends on the shape alone, so results do not depend on threads or order.
public enum MatrixProduct {
  /// Below this many multiply-adds a product goes to our kernel.
  static let fewProducts = 1 << 21
  /// Values of B that stay in cache while all rows of A go by: our kernel takes these, however many rows there are.
  static let smallMatrix = 1 << 14

  /// `C = alpha A B^T`, with A (m x k), B (n x k), C (m x n): a layer's forward product.
  public static func nt(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    run(m: m, n: n, k: k, alpha: alpha, a, lda: k, transposed: false, b, ldb: k, transposed: true, into: c, ldc: n)
  }

  /// `C = alpha A B`, with A (m x k), B (k x n), C (m x n): the product that takes the gradient back.
  public static func nn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    run(m: m, n: n, k: k, alpha: alpha, a, lda: k, transposed: false, b, ldb: n, transposed: false, into: c, ldc: n)
  }

  /// `C = alpha A^T B`, with A (k x m), B (k x n), C (m x n): the weight gradient.
  public static func tn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    run(m: m, n: n, k: k, alpha: alpha, a, lda: m, transposed: true, b, ldb: n, transposed: false, into: c, ldc: n)
  }

  /// `C = alpha A B^T`, or `C += alpha A B^T`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func nt(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    run(
      m: m, n: n, k: k, alpha: alpha, a, lda: lda, transposed: false, b, ldb: ldb, transposed: true, into: c, ldc: ldc,
      adding: adding)
  }

  /// `C = alpha A B`, or `C += alpha A B`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func nn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    run(
      m: m, n: n, k: k, alpha: alpha, a, lda: lda, transposed: false, b, ldb: ldb, transposed: false, into: c, ldc: ldc,
      adding: adding)
  }

  /// `C = alpha A^T B`, or `C += alpha A^T B`, of matrices whose rows are `lda`, `ldb` and `ldc` values apart.
  public static func tn(
    m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int, adding: Bool = false
  ) {
    run(
      m: m, n: n, k: k, alpha: alpha, a, lda: lda, transposed: true, b, ldb: ldb, transposed: false, into: c, ldc: ldc,
      adding: adding)
  }

  /// `C = alpha A' B'`, or `C += alpha A' B'`: A' is m x k, B' is k x n; each stored as it is or transposed, with rows that
  /// are `lda`, `ldb` and `ldc` values apart. Without terms (k = 0) the product is zero.
  public static func run(
    m: Int, n: Int, k: Int, alpha: Float = 1, _ a: UnsafePointer<Float>, lda: Int, transposed transposesA: Bool,
    _ b: UnsafePointer<Float>, ldb: Int, transposed transposesB: Bool, into c: UnsafeMutablePointer<Float>, ldc: Int,
    adding: Bool = false
  ) {
    guard k > 0 else {
      if !adding { for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) } }
      return
    }
    guard m * n * k >= fewProducts, n * k > smallMatrix else {
      return initscope_small_product(
        transposesA ? 1 : 0, transposesB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, adding ? 1 : 0, c, ldc)
    }
    let status = dnnl_sgemm(
      Self.letter(transposesA), Self.letter(transposesB), dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k), alpha, a,
      dnnl_dim_t(lda), b, dnnl_dim_t(ldb), adding ? 1 : 0, c, dnnl_dim_t(ldc))
    precondition(status == dnnl_success, "dnnl_sgemm(\(m), \(n), \(k)) failed with status \(status)")
  }

  /// How oneDNN calls a matrix that is stored as it is, or transposed.
  private static func letter(_ isTransposed: Bool) -> CChar { CChar(UInt8(ascii: isTransposed ? "T" : "N")) }
}
