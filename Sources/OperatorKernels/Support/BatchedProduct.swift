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
      MatrixProduct.run(
        m: count, n: n, k: k, alpha: alpha, left, lda: lda, transposed: transposesA, b, ldb: transposesB ? k : n,
        transposed: transposesB, into: target, ldc: n)
    }
  }

  /// Multiplications of one piece of work, when there are several products.
  static let pieceProducts = 1 << 20

  /// `C = alpha A' B'` for several pairs of matrices of one shape, at fixed distances; results lie side by side.
  static func products(
    _ count: Int, m: Int, n: Int, k: Int, alpha: Float, _ a: UnsafePointer<Float>, _ transposesA: Bool, stride aStride: Int,
    _ b: UnsafePointer<Float>, _ transposesB: Bool, stride bStride: Int, into c: UnsafeMutablePointer<Float>,
    team: any OperatorTeam
  ) {
    if count == 1 {
      return product(m: m, n: n, k: k, alpha: alpha, a, transposesA, b, transposesB, into: c, team: team)
    }
    team.split(count, grain: max(1, pieceProducts / max(1, m * n * k))) { range in
      for number in range {
        product(
          m: m, n: n, k: k, alpha: alpha, a + number * aStride, transposesA, b + number * bStride, transposesB,
          into: c + number * m * n, team: SingleThread.shared)
      }
    }
  }
}
