import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let matMul = OperatorEntry("MatMul") { _ throws(SpecificationError) in MatMul() }
}

/// The product of matrices in the last two axes, over leading axes that are repeated to a common shape, as `numpy.matmul`.
///
/// A tensor of rank 1 counts as a row on the left and as a column on the right, and that axis is dropped afterwards.
public struct MatMul: OperatorKernel {
  public static let kind = "MatMul"
  public let traits: OperatorTraits = [.contracts]
  public let theory = LayerTheory.linear
  public let scaleLaw = ScaleLaw.product

  public init() {}

  /// The sizes of one product and the leading axes.
  struct Sizes {
    var m: Int, n: Int, k: Int
    var left: TensorShape, right: TensorShape, leading: TensorShape
    var walk: Broadcasting
    /// Whether all of the left tensor's rows meet one matrix, as in a linear layer on sequences.
    var isFlat: Bool { right.count == 1 }
    var products: Int { leading.count }

    init(_ a: TensorShape, _ b: TensorShape) throws(SpecificationError) {
      guard a.rank > 0, b.rank > 0 else {
        throw SpecificationError("MatMul cannot multiply single values", hint: "Export the model again")
      }
      (m, k) = a.rank == 1 ? (1, a[0]) : (a[a.rank - 2], a[a.rank - 1])
      let rows = b.rank == 1 ? b[0] : b[b.rank - 2]
      n = b.rank == 1 ? 1 : b[b.rank - 1]
      guard k == rows else {
        throw SpecificationError(
          "MatMul cannot multiply \(a) with \(b): \(k) columns meet \(rows) rows", hint: "Export the model again")
      }
      left = try TensorShape(Array(a.extents.dropLast(2)))
      right = try TensorShape(Array(b.extents.dropLast(2)))
      leading = try left.broadcast(with: right)
      walk = Broadcasting([left, right], to: leading)
    }

    /// Calls `body` with the places of the matrices of each product, in units of matrices.
    func forEach(_ range: Range<Int>, _ body: (_ product: Int, _ left: Int, _ right: Int) -> Void) {
      let inner = walk.inner, extent = inner.extent
      guard !range.isEmpty else { return }
      walk.forEachRun(range.lowerBound / extent..<(range.upperBound + extent - 1) / extent) { run, offsets in
        for place in 0..<extent where range.contains(run * extent + place) {
          body(run * extent + place, offsets[0] + place * inner.strides[0], offsets[1] + place * inner.strides[1])
        }
      }
    }
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let a = try inputs.float(0, of: Self.kind).shape, b = try inputs.float(1, of: Self.kind).shape
    let sizes = try Sizes(a, b)
    var extents = sizes.leading.extents
    if a.rank > 1 { extents.append(sizes.m) }
    if b.rank > 1 { extents.append(sizes.n) }
    return [ValueType(.float32, try TensorShape(extents))]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [0, 1])
  }

  private func sizes(_ a: TensorShape, _ b: TensorShape) -> Sizes {
    guard let sizes = try? Sizes(a, b) else { preconditionFailure("MatMul of \(a) and \(b) was checked before") }
    return sizes
  }

  public func forward(_ call: ForwardCall) {
    let (a, b) = call.pair, z = call.outputs[0].floats, s = sizes(a.shape, b.shape)
    if s.isFlat {
      BatchedProduct.product(
        m: s.left.count * s.m, n: s.n, k: s.k, alpha: 1, a.floats, false, b.floats, false, into: z, team: call.team)
      return
    }
    let grain = max(1, BatchedProduct.pieceProducts / max(1, s.m * s.n * s.k))
    call.team.split(s.products, grain: grain) { range in
      s.forEach(range) { product, left, right in
        BatchedProduct.product(
          m: s.m, n: s.n, k: s.k, alpha: 1, a.floats + left * s.m * s.k, false, b.floats + right * s.k * s.n, false,
          into: z + product * s.m * s.n, team: SingleThread.shared)
      }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let a = call.input(0), b = call.input(1), s = sizes(a.shape, b.shape)
    if s.isFlat {
      let rows = s.left.count * s.m
      if let target = call.target(0) {
        // dA (rows, k) = G (rows, n) B^T
        BatchedProduct.product(m: rows, n: s.k, k: s.n, alpha: 1, g, false, b.floats, true, into: target, team: call.team)
      }
      if let target = call.target(1) {
        // dB (k, n) = A^T (k, rows) G (rows, n)
        BatchedProduct.product(m: s.k, n: s.n, k: rows, alpha: 1, a.floats, true, g, false, into: target, team: call.team)
      }
      return
    }
    if s.left.count == s.products, s.right.count == s.products {
      // A matrix of its own for each product.
      if let target = call.target(0) {
        BatchedProduct.products(
          s.products, m: s.m, n: s.k, k: s.n, alpha: 1, g, false, stride: s.m * s.n, b.floats, true, stride: s.k * s.n,
          into: target, team: call.team)
      }
      if let target = call.target(1) {
        BatchedProduct.products(
          s.products, m: s.k, n: s.n, k: s.m, alpha: 1, a.floats, true, stride: s.m * s.k, g, false, stride: s.m * s.n,
          into: target, team: call.team)
      }
      return
    }
    // Matrices that are repeated receive the sum over their products, in the order of the products.
    if let target = call.target(0) { target.update(repeating: 0, count: a.count) }
    if let target = call.target(1) { target.update(repeating: 0, count: b.count) }
    s.forEach(0..<s.products) { product, left, right in
      let gradient = g + product * s.m * s.n
      if let target = call.target(0) {
        // dA (m, k) += G (m, n) B^T
        MatrixProduct.run(
          m: s.m, n: s.k, k: s.n, gradient, lda: s.n, transposed: false, b.floats + right * s.k * s.n, ldb: s.n,
          transposed: true, into: target + left * s.m * s.k, ldc: s.k, adding: true)
      }
      if let target = call.target(1) {
        // dB (k, n) += A^T G
        MatrixProduct.run(
          m: s.k, n: s.n, k: s.m, a.floats + left * s.m * s.k, lda: s.k, transposed: true, gradient, ldb: s.n,
          transposed: false, into: target + right * s.k * s.n, ldc: s.n, adding: true)
      }
    }
  }
}
