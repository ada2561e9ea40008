import TensorKernels
import Testing

/// The three products against sums in Double.
@Suite struct MatrixProductTests {
  private func matrix(_ count: Int, node: String) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer {
      RandomStream(seed: 3, replica: 0, node: node, tensor: .weight).fillNormal($0, mean: 0, std: 1)
    }
    return values
  }

  /// Shapes on both sides of the choice of library, none of them square; the last two have 2^21 multiply-adds and more.
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (33, 17, 20), (128, 128, 128), (70, 230, 131)])
  func agreesWithSumsInDouble(m: Int, n: Int, k: Int) {
    let a = matrix(m * k, node: "a"), b = matrix(k * n, node: "b")
    let aTransposed = transposed(a, rows: m, columns: k), bTransposed = transposed(b, rows: k, columns: n)
    // Uninitialized memory may hold NaNs: the product must not read what it overwrites.
    var nt = [Float](repeating: .nan, count: m * n), nn = nt, tn = nt
    MatrixProduct.nt(m: m, n: n, k: k, alpha: 0.5, a, bTransposed, into: &nt)
    MatrixProduct.nn(m: m, n: n, k: k, alpha: 0.5, a, b, into: &nn)
    MatrixProduct.tn(m: m, n: n, k: k, alpha: 0.5, aTransposed, b, into: &tn)
    for row in 0..<m {
      for column in 0..<n {
        var expected = 0.0, size = 0.0
        for inner in 0..<k {
          let term = Double(a[row * k + inner]) * Double(b[inner * n + column]) / 2
          expected += term
          size += abs(term)
        }
        // A sum of k products rounds by at most (k + 1) 2^-24 of their magnitudes (Higham 2002, section 3.1).
        let bound = Double(k + 1) * 0x1p-24 * size
        for product in [nt, nn, tn] { #expect(abs(Double(product[row * n + column]) - expected) <= bound) }
      }
    }
  }

  /// Blocks of wider matrices, as attention's heads are: what lies between their rows is neither read nor written.
  @Test(arguments: [(3, 5, 7), (33, 17, 20), (70, 230, 131)], [true, false])
  func blocksOfWiderMatrices(size: (Int, Int, Int), adding: Bool) {
    let (m, n, k) = size
    let a = matrix(m * k, node: "a"), b = matrix(k * n, node: "b"), start = matrix(m * n, node: "c")
    let aTransposed = transposed(a, rows: m, columns: k), bTransposed = transposed(b, rows: k, columns: n)
    let before = spread(adding ? start : start.map { _ in .nan }, columns: n, by: 4)
    var nt = before, nn = before, tn = before
    let (wideA, wideB) = (spread(a, columns: k, by: 3), spread(b, columns: n, by: 5))
    MatrixProduct.nt(
      m: m, n: n, k: k, alpha: 0.5, wideA, lda: k + 3, spread(bTransposed, columns: k, by: 2), ldb: k + 2, into: &nt,
      ldc: n + 4, adding: adding)
    MatrixProduct.nn(
      m: m, n: n, k: k, alpha: 0.5, wideA, lda: k + 3, wideB, ldb: n + 5, into: &nn, ldc: n + 4, adding: adding)
    MatrixProduct.tn(
      m: m, n: n, k: k, alpha: 0.5, spread(aTransposed, columns: m, by: 1), lda: m + 1, wideB, ldb: n + 5, into: &tn,
      ldc: n + 4, adding: adding)
    for row in 0..<m {
      for column in 0..<n + 4 {
        let products = [nt, nn, tn].map { Double($0[row * (n + 4) + column]) }
        guard column < n else {
          let isUntouched = products.allSatisfy { $0.isNaN }
          #expect(isUntouched)
          continue
        }
        var expected = adding ? Double(start[row * n + column]) : 0, size = abs(expected)
        for inner in 0..<k {
          let term = Double(a[row * k + inner]) * Double(b[inner * n + column]) / 2
          expected += term
          size += abs(term)
        }
        // As above, with one term more.
        let bound = Double(k + 2) * 0x1p-24 * size
        for product in products { #expect(abs(product - expected) <= bound) }
      }
    }
  }

  /// A factor at the end of Float's range belongs to the sums: beside values above 1 it would be infinite, and zeros NaN.
  @Test(arguments: [(3, 5, 7), (33, 17, 20), (70, 230, 131)]) func largeFactors(m: Int, n: Int, k: Int) {
    let b = matrix(k * n, node: "b").map { 0x1p20 * $0 }, zeros = [Float](repeating: 0, count: m * k)
    let small = matrix(m * k, node: "a").map { 0x1p-120 * $0 }
    var product = [Float](repeating: .nan, count: m * n)
    MatrixProduct.nn(m: m, n: n, k: k, alpha: 0x1p127, zeros, b, into: &product)
    #expect(product.allSatisfy { $0 == 0 })
    MatrixProduct.nn(m: m, n: n, k: k, alpha: 0x1p90, small, b, into: &product)
    #expect(product.allSatisfy { $0.isFinite && $0 != 0 })
  }

  /// Without terms there is nothing to add.
  @Test func noTerms() {
    var product: [Float] = [1, 2, 3, 4]
    MatrixProduct.nt(m: 2, n: 1, k: 0, alpha: 1, [], lda: 0, [], ldb: 0, into: &product, ldc: 2, adding: true)
    #expect(product == [1, 2, 3, 4])
    MatrixProduct.nt(m: 2, n: 1, k: 0, alpha: 1, [], lda: 0, [], ldb: 0, into: &product, ldc: 2)
    #expect(product == [0, 2, 0, 4])
  }

  /// The matrix with `count` NaNs behind each row.
  private func spread(_ x: [Float], columns: Int, by count: Int) -> [Float] {
    stride(from: 0, to: x.count, by: columns).flatMap { x[$0..<$0 + columns] + [Float](repeating: .nan, count: count) }
  }

  private func transposed(_ x: [Float], rows: Int, columns: Int) -> [Float] {
    (0..<(rows * columns)).map { x[$0 % rows * columns + $0 / rows] }
  }
}
