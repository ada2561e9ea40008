import CTensorKernels
import Glibc
import NetworkGraph
import OperatorKernels
import TensorKernels

/// Batch normalization: `z = gain (x - mean) / sqrt(variance + epsilon) + shift`, each feature or channel over the batch and
/// all positions.
final class BatchNormKernel: LayerKernel {
  private let outer: Int
  private let units: Int
  private let inner: Int
  private let normalization: Normalization
  private let momentum: Double

  // One value per unit each: the last pass's moments, in units of its scale, and the coefficients of its passes.
  private var variances: [Double]
  private var exactMeans: [Double]
  private var sums: [Double]
  private var products: [Double]
  private var means: [Float]
  private var factors: [Float]
  private var constants: [Float]
  private var slopes: [Float]
  private var lastMode = KernelMode.training
  private var lastUnits: NormalizationUnits

  let scaling = KernelScaling.invariant
  let memory = KernelMemory()
  private(set) var keepsScale = false
  /// The running means followed by the running variances, in true units.
  var state: [Float] {
    didSet {
      precondition(state.count == 2 * units, "a batch normalization carries \(2 * units) values, got \(state.count)")
    }
  }

  /// Accepts variances that are not negative; training may have made them NaN.
  func accepts(state: [Float]) -> Bool {
    state.count == 2 * units && !state[units...].contains { $0 < 0 }
  }

  init(_ layer: BatchNorm, _ context: KernelContext) {
    let shape = context.inputShapes[0]
    normalization = layer.normalization
    momentum = layer.momentum
    units = BatchNorm.units(of: shape)
    inner = if case .image(_, let height, let width) = shape { height * width } else { 1 }
    outer = context.batch * shape.count / (units * inner)
    variances = Array(repeating: 0, count: units)
    (exactMeans, sums, products) = (variances, variances, variances)
    means = Array(repeating: 0, count: units)
    (factors, constants, slopes) = (means, means, means)
    lastUnits = NormalizationUnits(epsilon: normalization.epsilon, input: 0, output: 0)
    state = means + Array(repeating: 1, count: units)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double
  ) {
    lastMode = mode
    let shift = normalization.hasShift ? parameters[parameters.count - 1] : nil
    let output = NormalizationUnits.output(of: exponent, epsilon: normalization.epsilon) {
      shift.map { shift in (0..<units).contains { shift[$0] != 0 } } ?? false
    }
    keepsScale = exponent != 0 && output == exponent
    lastUnits = NormalizationUnits(epsilon: normalization.epsilon, input: exponent, output: output)
    let scale = exp2(exponent)
    switch mode {
    case .training:
      initscope_unit_moments(inputs[0], outer, units, inner, &exactMeans, &variances)
      updateRunningMoments(scale: scale)
    case .inference:
      for unit in 0..<units {
        exactMeans[unit] = Double(state[unit]) / scale
        variances[unit] = Double(state[units + unit]) / (scale * scale)
      }
    }
    let gain = normalization.hasGain ? parameters[0] : nil
    for unit in 0..<units {
      means[unit] = Float(exactMeans[unit])
      factors[unit] = Float(Double(gain?[unit] ?? 1) / sqrt(divisor(unit)))
    }
    initscope_unit_normalize(inputs[0], outer, units, inner, means, factors, shift, z)
  }

  /// A unit's variance with the epsilon, as the last pass divided by it.
  private func divisor(_ unit: Int) -> Double { lastUnits.weight * variances[unit] + lastUnits.epsilon }

  private func updateRunningMoments(scale: Double) {
    let count = Double(outer * inner)
    // A single value has no variance to estimate: it counts as 0.
    let correction = count / max(1, count - 1)
    for unit in 0..<units {
      let mean = exactMeans[unit] * scale, variance = variances[unit] * correction * scale * scale
      state[unit] = Float((1 - momentum) * Double(state[unit]) + momentum * mean)
      state[units + unit] = Float((1 - momentum) * Double(state[units + unit]) + momentum * variance)
    }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    initscope_unit_products(gradient, inputs[0], outer, units, inner, means, &sums, &products)
    if let target = inputGradients[0] {
      // In inference the running moments do not depend on the input.
      let share = lastMode == .training ? 1 / Double(outer * inner) : 0
      for unit in 0..<units {
        let factor = Double(factors[unit])
        constants[unit] = Float(factor * sums[unit] * share)
        slopes[unit] = Float(lastUnits.weight * factor * products[unit] * share / divisor(unit))
      }
      initscope_unit_gradient(gradient, inputs[0], outer, units, inner, means, factors, constants, slopes, target)
    }
    guard let last = parameterGradients.last else { return }
    if normalization.hasGain, let target = parameterGradients[0] {
      for unit in 0..<units { target[unit] = Float(products[unit] / sqrt(divisor(unit))) }
    }
    if normalization.hasShift, let last { initscope_narrow(sums, units, last) }
  }
}
