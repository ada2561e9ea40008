import Glibc
import TensorKernels

/// `Z = H W^T + b` over a batch, with `W` units x inputs.
struct DenseOperator: LinearOperator {
  let units: Int

  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal {
    guard let weights, let input = inputs.first else { preconditionFailure("a dense layer needs weights and one input") }
    let w = weights.weights
    let product = log2Sum(input.log2RMS, w.log2RMS, log2(Double(input.columns)) / 2)
    let expected = [product, weights.log2BiasRMS].compactMap(\.self).max()
    let chosen = exponent(expected)
    let z = try ScaledSignal(rows: input.rows, columns: units, exponent: chosen, pool: pool)
    // Z (batch, units) = H (batch, inputs) W^T, W (units, inputs)
    MatrixProduct.nt(
      m: input.rows, n: units, k: input.columns, alpha: Scale.factor(input.exponent + w.exponent - chosen), input.data,
      w.data, into: z.data)
    if let bias = weights.bias {
      let scaled = bias.map { Float(Scale.apply(-z.exponent, to: $0)) }
      Elementwise.addBias(scaled, to: z.data, rows: z.rows, columns: units)
    }
    return z
  }

  func backward(
    _ gradient: ScaledSignal, weights: LayerWeights?, wanted: [Bool], pool: BufferPool
  ) throws -> [ScaledSignal?] {
    guard let weights else { preconditionFailure("a dense layer needs weights") }
    guard wanted[0] else { return [nil] }
    let w = weights.weights
    let expected = log2Sum(gradient.log2RMS, w.log2RMS, log2(Double(units)) / 2)
    let chosen = Scale.exponent(expecting: expected, comfort: ActivationScaling.comfortRange)
    let g = try ScaledSignal(rows: gradient.rows, columns: w.columns, exponent: chosen, pool: pool)
    // dH (batch, inputs) = dZ (batch, units) W (units, inputs)
    MatrixProduct.nn(
      m: gradient.rows, n: w.columns, k: units, alpha: Scale.factor(gradient.exponent + w.exponent - chosen),
      gradient.data, w.data, into: g.data)
    return [g]
  }

  func weightGradient(_ gradient: ScaledSignal, input: ScaledSignal, pool: BufferPool) throws -> ScaledSignal? {
    let expected = log2Sum(gradient.log2RMS, input.log2RMS, log2(Double(gradient.rows)) / 2)
    let chosen = Scale.exponent(expecting: expected, comfort: ActivationScaling.comfortRange)
    let dW = try ScaledSignal(rows: units, columns: input.columns, exponent: chosen, pool: pool)
    // dW (units, inputs) = dZ^T (units, batch) H (batch, inputs)
    MatrixProduct.tn(
      m: units, n: input.columns, k: gradient.rows, alpha: Scale.factor(gradient.exponent + input.exponent - chosen),
      gradient.data, input.data, into: dW.data)
    return dW
  }

  /// log2 RMS expected of a sum of products; nil where a factor is zero.
  private func log2Sum(_ a: Double?, _ b: Double?, _ terms: Double) -> Double? {
    guard let a, let b else { return nil }
    return a + b + terms
  }
}
