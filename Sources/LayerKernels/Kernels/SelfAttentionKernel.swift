import CTensorKernels
import NetworkGraph
import TensorKernels

/// Computes multi-head scaled dot-product self-attention; its equations are in the documentation of `SelfAttention`.
///
/// Heads are blocks of columns, which products reach by their stride. Where a head's attention weights are small beside the
/// arrays that make them, they are kept for the backward pass; else the backward pass computes them again, head by head.
///
/// Scale: inputs and result are in units of one factor s. Everything but the scores is linear in it, and the scores are
/// products of two signals, so that they take s^2: uniform weights for a signal far below 1, a hard maximum far above it.
final class SelfAttentionKernel: LayerKernel {
  private let batch: Int
  private let steps: Int
  private let features: Int
  private let heads: Int
  private let isCausal: Bool
  private let hasBias: Bool
  let memory = KernelMemory()

  // Shapes are row-major, with rows = batch x steps and headSize = features / heads.

  /// Query, key and value of all steps, (rows, features) each, and the gradients with respect to them.
  private let projections: [KernelArray]
  private let projectionGradients: [KernelArray]
  /// The heads' results side by side, (rows, features), and the gradient with respect to them.
  private let context: KernelArray
  private let contextGradient: KernelArray
  /// The attention weights: of all heads, (batch, heads, steps, steps), or of the one in work, (steps, steps).
  private let attention: KernelArray
  private let keepsAttention: Bool
  /// The gradient with respect to one head's attention weights, (steps, steps).
  private let attentionGradient: KernelArray
  /// The factor of the last forward pass's signals.
  private var scale = 1.0

  let scaling = KernelScaling.known

  init(_ layer: SelfAttention, _ context: KernelContext) {
    guard case .sequence(let steps, let features) = context.outputShape else {
      preconditionFailure("self-attention takes a sequence, got \(context.outputShape)")
    }
    batch = context.batch
    self.steps = steps
    self.features = features
    heads = layer.heads
    isCausal = layer.isCausal
    hasBias = layer.hasBias
    let count = batch * steps * features, memory = memory
    projections = (0..<3).map { _ in memory.array(count, .kept) }
    projectionGradients = (0..<3).map { _ in memory.array(count, .backward) }
    self.context = memory.array(count, .kept)
    contextGradient = memory.array(count, .backward)
    keepsAttention = steps <= Self.mostKeptSteps * (features / layer.heads)
    attention =
      keepsAttention ? memory.array(batch * heads * steps * steps, .kept) : memory.array(steps * steps, .workspace)
    attentionGradient = memory.array(steps * steps, .backward)
  }

  /// Up to how many steps per feature of a head its attention weights are kept.
  private static let mostKeptSteps = 4

  private var rows: Int { batch * steps }
  private var headSize: Int { features / heads }
  /// What products of queries and keys are multiplied by. Bounded, since from far below this on the weights are a hard
  /// maximum, and an infinite one would make NaNs.
  private var temperature: Float {
    let plain = 1 / Float(headSize).squareRoot()
    return scale == 1 ? plain : Float(min(Double(plain) * scale * scale, 0x1p64))
  }

  /// Adds a bias in units of the signals. Where these are beyond Double, the scale is 0 and every bias, too.
  private func addBias(_ bias: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    guard scale != 1 else { return Elementwise.addBias(bias, to: target, rows: rows, columns: features) }
    let scaled = (0..<features).map { bias[$0] == 0 ? 0 : Float(Double(bias[$0]) / scale) }
    Elementwise.addBias(scaled, to: target, rows: rows, columns: features)
  }

  /// Calls `body` for each head of each sample, with the offset of its first column in (rows, features) arrays and the
  /// memory of its attention weights, (steps, steps).
  private func eachHead(_ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
    for sample in 0..<batch {
      for head in 0..<heads {
        body(
          sample * steps * features + head * headSize,
          attention.pointer + (keepsAttention ? (sample * heads + head) * steps * steps : 0))
      }
    }
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    self.scale = scale
    for (index, target) in projections.enumerated() {
      // Q, K or V (rows, features) = x (rows, features) W^T, W (features, features)
      MatrixProduct.nt(m: rows, n: features, k: features, alpha: 1, inputs[0], parameters[index], into: target.pointer)
      if hasBias { addBias(parameters[4 + index], to: target.pointer) }
    }
    let value = projections[2].pointer
    eachHead { offset, weights in
      attend(offset, weights)
      // result (steps, headSize) = A (steps, steps) V (steps, headSize)
      MatrixProduct.nn(
        m: steps, n: headSize, k: steps, alpha: 1, weights, lda: steps, value + offset, ldb: features,
        into: context.pointer + offset, ldc: features)
    }
    // z (rows, features) = heads' results (rows, features) W_o^T, W_o (features, features)
    MatrixProduct.nt(m: rows, n: features, k: features, alpha: 1, context.pointer, parameters[3], into: z)
    if hasBias { addBias(parameters[7], to: z) }
  }

  /// Computes one head's attention weights, (steps, steps). Q and K are blocks of columns, (steps, headSize).
  private func attend(_ offset: Int, _ weights: UnsafeMutablePointer<Float>) {
    // scores (steps, steps) = Q (steps, headSize) K^T (headSize, steps) / sqrt(headSize)
    MatrixProduct.nt(
      m: steps, n: steps, k: headSize, alpha: temperature, projections[0].pointer + offset, lda: features,
      projections[1].pointer + offset, ldb: features, into: weights, ldc: steps)
    initscope_softmax(weights, steps, steps, isCausal ? 1 : 0, weights)
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
      if !keepsAttention { attend(offset, weights) }
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
