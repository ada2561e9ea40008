import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let gemm = OperatorEntry("Gemm") { attributes throws(SpecificationError) in
    Gemm(
      alpha: Float(try attributes.float("alpha", 1)), beta: Float(try attributes.float("beta", 1)),
      transposesA: try attributes.integer("transA", 0) != 0, transposesB: try attributes.integer("transB", 0) != 0)
  }
}

/// `alpha A' B' + beta C` of matrices, A' and B' being A and B or their transposes; C is repeated to the result's shape.
public struct Gemm: OperatorKernel {
  public static let kind = "Gemm"
  public let traits: OperatorTraits = [.contracts]
  public var theory: LayerTheory { alpha == 1 && beta == 1 && !transposesA ? .linear : .unknown(.kind) }
  public let scaleLaw = ScaleLaw.product
  public let addends = [2]
  public let alpha: Float
  public let beta: Float
  public let transposesA: Bool
  public let transposesB: Bool

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - alpha: The factor on the product.
  ///   - beta: The factor on C.
  ///   - transposesA: Whether A is stored as k x m.
  ///   - transposesB: Whether B is stored as n x k.
  public init(alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
    self.alpha = alpha
    self.beta = beta
    self.transposesA = transposesA
    self.transposesB = transposesB
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let a = try inputs.float(0, of: Self.kind).shape, b = try inputs.float(1, of: Self.kind).shape
    guard a.rank == 2, b.rank == 2 else {
      throw SpecificationError("Gemm takes two matrices, got \(a) and \(b)", hint: "Export the model again")
    }
    let (m, k) = transposesA ? (a[1], a[0]) : (a[0], a[1])
    let (l, n) = transposesB ? (b[1], b[0]) : (b[0], b[1])
    guard k == l else {
      throw SpecificationError(
        "Gemm cannot multiply \(a) with \(b): \(k) columns meet \(l) rows", hint: "Export the model again")
    }
    let shape = try TensorShape([m, n])
    if let c = inputs.optional(2) {
      guard try c.shape.broadcast(with: shape) == shape else {
        throw SpecificationError("Gemm cannot add \(c.shape) to \(shape)", hint: "Export the model again")
      }
    }
    return [ValueType(.float32, shape)]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [0, 1])
  }

  private func sizes(_ a: TensorShape, _ result: TensorShape) -> (m: Int, n: Int, k: Int) {
    (result[0], result[1], transposesA ? a[0] : a[1])
  }

  public func forward(_ call: ForwardCall) {
    let (a, b) = call.pair, z = call.outputs[0]
    let (m, n, k) = sizes(a.shape, z.shape)
    BatchedProduct.product(
      m: m, n: n, k: k, alpha: alpha, a.floats, transposesA, b.floats, transposesB, into: z.floats, team: call.team)
    guard let c = call.optional(2), beta != 0 else { return }
    if beta == 1, c.count == n, c.shape.extents.last == n, n > 0 {
      // A bias: one row for all.
      call.team.split(m, grain: max(1, BinaryPass.grain / n)) { rows in
        Elementwise.addBias(c.floats, to: z.floats + rows.lowerBound * n, rows: rows.count, columns: n)
      }
    } else {
      let beta = beta
      BinaryPass.run(z.shape, c.shape, z.shape, team: call.team, z.floats, c.floats, into: z.floats) { $0 + beta * $1 }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let a = call.input(0), b = call.input(1), z = call.outputs[0]
    let (m, n, k) = sizes(a.shape, z.shape)
    if let target = call.target(0) {
      // dA' (m, k) = alpha G (m, n) B'^T; dA = dA'^T where A is transposed.
      if transposesA {
        BatchedProduct.product(
          m: k, n: m, k: n, alpha: alpha, b.floats, transposesB, g, true, into: target, team: call.team)
      } else {
        BatchedProduct.product(
          m: m, n: k, k: n, alpha: alpha, g, false, b.floats, !transposesB, into: target, team: call.team)
      }
    }
    if let target = call.target(1) {
      // dB' (k, n) = alpha A'^T G
      if transposesB {
        BatchedProduct.product(
          m: n, n: k, k: m, alpha: alpha, g, true, a.floats, transposesA, into: target, team: call.team)
      } else {
        BatchedProduct.product(
          m: k, n: n, k: m, alpha: alpha, a.floats, !transposesA, g, false, into: target, team: call.team)
      }
    }
    if let target = call.target(2), let c = call.optional(2) {
      Broadcasting.reduce(g, from: z.shape, to: c.shape, into: target)
      if beta != 1 { Elementwise.scale(target, by: beta, count: c.count) }
    }
  }
}
