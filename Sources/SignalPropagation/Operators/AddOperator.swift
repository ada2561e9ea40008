import Glibc
import TensorKernels

/// Adds signals of one shape, each brought to the scale of the largest; all but the first are multiplied by a gain.
struct AddOperator: LinearOperator {
  let gain: Float

  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal {
    let sizes = inputs.enumerated().compactMap { place, input in scaled(input.log2RMS, place) }
    let sum = try ScaledSignal(
      rows: inputs[0].rows, columns: inputs[0].columns, exponent: exponent(sizes.max()), pool: pool)
    sum.data.update(repeating: 0, count: sum.count)
    for (place, input) in inputs.enumerated() { try accumulate(try times(input, place, pool), into: sum, pool: pool) }
    return sum
  }

  func backward(
    _ gradient: ScaledSignal, weights: LayerWeights?, wanted: [Bool], pool: BufferPool
  ) throws -> [ScaledSignal?] {
    try wanted.enumerated().map { place, wanted in
      guard wanted else { return nil }
      let own = try times(gradient, place, pool)
      guard own === gradient else { return own }
      let copy = try ScaledSignal(rows: gradient.rows, columns: gradient.columns, exponent: gradient.exponent, pool: pool)
      copy.log2RMS = gradient.log2RMS
      copy.data.update(from: gradient.data, count: gradient.count)
      return copy
    }
  }

  func weightGradient(_ gradient: ScaledSignal, input: ScaledSignal, pool: BufferPool) throws -> ScaledSignal? { nil }

  /// log2 RMS of an input after its gain; nil for none.
  private func scaled(_ log2RMS: Double?, _ place: Int) -> Double? {
    if place == 0 || gain == 1 { return log2RMS }
    return gain == 0 ? nil : log2RMS.map { $0 + log2(Double(abs(gain))) }
  }

  /// Multiplies an input, or its gradient, by the gain; returns it unchanged where that makes no difference.
  private func times(_ signal: ScaledSignal, _ place: Int, _ pool: BufferPool) throws -> ScaledSignal {
    if place == 0 || gain == 1 { return signal }
    // The power of two goes into the scale, so that no gain leaves Float's range.
    let isFactor = gain.isNormal
    let product = try ScaledSignal(
      rows: signal.rows, columns: signal.columns, exponent: signal.exponent + (isFactor ? Double(gain.exponent) : 0),
      pool: pool)
    product.log2RMS = scaled(signal.log2RMS, place)
    product.data.update(from: signal.data, count: signal.count)
    let factor = isFactor ? (gain < 0 ? -gain.significand : gain.significand) : gain
    Elementwise.scale(product.data, by: factor, count: product.count)
    return product
  }
}

/// Adds `signal` to `sum` in the scale of `sum`.
func accumulate(_ signal: ScaledSignal, into sum: ScaledSignal, pool: BufferPool) throws {
  let shift = signal.exponent - sum.exponent
  // What lies below Float's range beside the sum is lost in it. Multiplying by zero, unlike skipping, keeps NaNs and
  // infinities.
  let factor = shift < -126 ? 0 : Scale.factor(shift)
  if factor == 1 {
    Elementwise.add(signal.data, to: sum.data, count: sum.count)
    return
  }
  let scaled = try ScaledSignal(rows: signal.rows, columns: signal.columns, exponent: sum.exponent, pool: pool)
  scaled.data.update(from: signal.data, count: signal.count)
  Elementwise.scale(scaled.data, by: factor, count: signal.count)
  Elementwise.add(scaled.data, to: sum.data, count: sum.count)
}

/// Adds two gradients that reach one node, in the scale of the larger.
func merge(_ a: ScaledSignal, _ b: ScaledSignal, pool: BufferPool) throws -> ScaledSignal {
  let (large, small) = a.exponent >= b.exponent ? (a, b) : (b, a)
  try accumulate(small, into: large, pool: pool)
  large.log2RMS = [a.log2RMS, b.log2RMS].compactMap(\.self).max()
  return large
}
