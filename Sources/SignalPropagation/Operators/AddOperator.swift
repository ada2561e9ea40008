import Glibc
import TensorKernels

/// The sum of signals of one shape, each brought to the scale of the largest.
struct AddOperator: LinearOperator {
  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal {
    let largest = inputs.compactMap(\.log2RMS).max()
    let sum = try ScaledSignal(rows: inputs[0].rows, columns: inputs[0].columns, exponent: exponent(largest), pool: pool)
    sum.data.update(repeating: 0, count: sum.count)
    for input in inputs { try accumulate(input, into: sum, pool: pool) }
    return sum
  }

  func backward(
    _ gradient: ScaledSignal, weights: LayerWeights?, wanted: [Bool], pool: BufferPool
  ) throws -> [ScaledSignal?] {
    var gradients: [ScaledSignal?] = []
    for wanted in wanted {
      guard wanted else {
        gradients.append(nil)
        continue
      }
      let copy = try ScaledSignal(rows: gradient.rows, columns: gradient.columns, exponent: gradient.exponent, pool: pool)
      copy.log2RMS = gradient.log2RMS
      copy.data.update(from: gradient.data, count: gradient.count)
      gradients.append(copy)
    }
    return gradients
  }

  func weightGradient(_ gradient: ScaledSignal, input: ScaledSignal, pool: BufferPool) throws -> ScaledSignal? { nil }
}

/// Adds `signal` to `sum` in the scale of `sum`.
func accumulate(_ signal: ScaledSignal, into sum: ScaledSignal, pool: BufferPool) throws {
  let shift = signal.exponent - sum.exponent
  // What lies below Float's range beside the sum is lost in it; zero, unlike no sum at all, keeps NaNs and infinities.
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

/// The sum of two gradients that reach one node, in the scale of the larger.
func merge(_ a: ScaledSignal, _ b: ScaledSignal, pool: BufferPool) throws -> ScaledSignal {
  let (large, small) = a.exponent >= b.exponent ? (a, b) : (b, a)
  try accumulate(small, into: large, pool: pool)
  large.log2RMS = [a.log2RMS, b.log2RMS].compactMap(\.self).max()
  return large
}
