import CTensorKernels
import NetworkGraph
import TensorKernels

/// Computes multi-head scaled dot-product self-attention; its equations are in the documentation of `SelfAttention`.
///
/// Heads are blocks of columns, which products reach by their stride. The attention weights of the whole batch are kept for
/// the backward pass.
final class SelfAttentionKernel: LayerKernel {
  private let batch: Int
  private let steps: Int
  private let features: Int
  private let heads: Int
  private let isCausal: Bool
  private let hasBias: Bool

  // Shapes are row-major, with rows = batch x steps and headSize = features / heads.

  /// Query, key and value of all steps, (rows, features) each, and the gradients with respect to them.
  private let projections: [FloatBuffer]
  private let projectionGradients: [FloatBuffer]
  /// The heads' results side by side, (rows, features), and the gradient with respect to them.
  private let context: FloatBuffer
  private let contextGradient: FloatBuffer
  /// The attention weights, (batch, heads, steps, steps).
  private let attention: FloatBuffer
  /// The gradient with respect to one head's attention weights, (steps, steps).
  private let attentionGradient: FloatBuffer

  let scaling = KernelScaling.absolute

  /// The floats that `init` allocates, in Double, which no network overflows; so in the other kernels that have arrays.
  static func arrayFloats(_ layer: SelfAttention, _ node: Network.Node, batch: Double) -> Double {
    let extents = node.shape.dimensions.map(Double.init)
    return 8 * batch * Double(node.shape.count) + (batch * Double(layer.heads) + 1) * extents[0] * extents[0]
  }

  init(_ layer: SelfAttention, _ context: KernelContext) throws {
    guard case .sequence(let steps, let features) = context.outputShape else {
      preconditionFailure("self-attention takes a sequence, got \(context.outputShape)")
    }
    batch = context.batch
    self.steps = steps
    self.features = features
    heads = layer.heads
    isCausal = layer.isCausal
    hasBias = layer.hasBias
    let count = batch * steps * features
    projections = try (0..<3).map { _ in try FloatBuffer(capacity: count) }
    projectionGradients = try (0..<3).map { _ in try FloatBuffer(capacity: count) }
    self.context = try FloatBuffer(capacity: count)
    contextGradient = try FloatBuffer(capacity: count)
    attention = try FloatBuffer(capacity: batch * heads * steps * steps)
    attentionGradient = try FloatBuffer(capacity: steps * steps)
  }

  private var rows: Int { batch * steps }
  private var headSize: Int { features / heads }
  private var temperature: Float { 1 / Float(headSize).squareRoot() }

  /// Calls `body` for each head of each sample, with the offset of its first column in (rows, features) arrays and its
  /// attention weights, (steps, steps).
  private func eachHead(_ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
    for sample in 0..<batch {
      for head in 0..<heads {
        body(
          sample * steps * features + head * headSize, attention.pointer + (sample * heads + head) * steps * steps)
      }
    }
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    for (index, target) in projections.enumerated() {
      // Q, K or V (rows, features) = x (rows, features) W^T, W (features, features)
      MatrixProduct.nt(m: rows, n: features, k: features, alpha: 1, inputs[0], parameters[index], into: target.pointer)
      if hasBias { Elementwise.addBias(parameters[4 + index], to: target.pointer, rows: rows, columns: features) }
    }
    let (query, key, value) = (projections[0].pointer, projections[1].pointer, projections[2].pointer)
    // Of one head, as blocks of columns: Q, K, V and their results are (steps, headSize), the weights A (steps, steps).
    eachHead { offset, weights in
      // scores (steps, steps) = Q (steps, headSize) K^T (headSize, steps) / sqrt(headSize)
      MatrixProduct.nt(
        m: steps, n: steps, k: headSize, alpha: temperature, query + offset, lda: features, key + offset, ldb: features,
        into: weights, ldc: steps)
      initscope_softmax(weights, steps, steps, isCausal ? 1 : 0, weights)
      // result (steps, headSize) = A (steps, steps) V (steps, headSize)
      MatrixProduct.nn(
        m: steps, n: headSize, k: steps, alpha: 1, weights, lda: steps, value + offset, ldb: features,
        into: context.pointer + offset, ldc: features)
    }
    // z (rows, features) = heads' results (rows, features) W_o^T, W_o (features, features)
    MatrixProduct.nt(m: rows, n: features, k: features, alpha: 1, context.pointer, parameters[3], into: z)
    if hasBias { Elementwise.addBias(parameters[7], to: z, rows: rows, columns: features) }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    // d results (rows, features) = dz (rows, features) W_o (features, features)
    MatrixProduct.nn(m: rows, n: features, k: features, alpha: 1, gradient, parameters[3], into: contextGradient.pointer)
    backwardThroughHeads()

    // For each of W_q, W_k, W_v, W_o: `made` is the gradient with respect to its output, `taken` is its input.
    let made = projectionGradients.map { UnsafePointer($0.pointer) } + [gradient]
    if !parameterGradients.isEmpty {
      for index in 0..<4 {
        let taken = index < 3 ? inputs[0] : UnsafePointer(context.pointer)
        if let target = parameterGradients[index] {
          // dW (features, features) = made^T (features, rows) taken (rows, features)
          MatrixProduct.tn(m: features, n: features, k: rows, alpha: 1, made[index], taken, into: target)
        }
        if hasBias, let target = parameterGradients[4 + index] {
          Elementwise.columnSums(made[index], rows: rows, columns: features, into: target)
        }
      }
    }
    guard let target = inputGradients[0] else { return }
    for index in 0..<3 {
      // dx (rows, features) = sum over q, k, v of dQ, dK, dV (rows, features) W (features, features)
      MatrixProduct.nn(
        m: rows, n: features, k: features, alpha: 1, made[index], lda: features, parameters[index], ldb: features,
        into: target, ldc: features, adding: index > 0)
    }
  }

  /// Computes the gradients of query, key and value from that of the heads' results.
  private func backwardThroughHeads() {
    let (query, key, value) = (projections[0].pointer, projections[1].pointer, projections[2].pointer)
    let gradients = projectionGradients.map(\.pointer), scores = attentionGradient.pointer
    eachHead { offset, weights in
      let gradient = contextGradient.pointer + offset
      // dV (steps, headSize) = A^T (steps, steps) d result (steps, headSize)
      MatrixProduct.tn(
        m: steps, n: headSize, k: steps, alpha: 1, weights, lda: steps, gradient, ldb: features,
        into: gradients[2] + offset, ldc: features)
      // dA (steps, steps) = d result (steps, headSize) V^T (headSize, steps)
      MatrixProduct.nt(
        m: steps, n: steps, k: headSize, alpha: 1, gradient, lda: features, value + offset, ldb: features, into: scores,
        ldc: steps)
      // A masked step has weight 0, and so no gradient.
      initscope_softmax_gradient(weights, scores, steps, steps, scores)
      // dQ (steps, headSize) = d scores (steps, steps) K (steps, headSize) / sqrt(headSize)
      MatrixProduct.nn(
        m: steps, n: headSize, k: steps, alpha: temperature, scores, lda: steps, key + offset, ldb: features,
        into: gradients[0] + offset, ldc: features)
      // dK (steps, headSize) = d scores^T (steps, steps) Q (steps, headSize) / sqrt(headSize)
      MatrixProduct.tn(
        m: steps, n: headSize, k: steps, alpha: temperature, scores, lda: steps, query + offset, ldb: features,
        into: gradients[1] + offset, ldc: features)
    }
  }
}
