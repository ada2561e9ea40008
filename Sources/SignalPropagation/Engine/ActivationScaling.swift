import NetworkGraph
import TensorKernels

/// Applies an activation to a signal that carries a scale exponent.
///
/// Four cases keep `f` exact to Float's precision: `f` is positively homogeneous, so the scale passes through; the scale is
/// 1, so `f` sees its true argument; the argument is so tiny or huge that the law which the activation declares holds; or
/// there is no law for it, and `f` is evaluated in Double.
struct ActivationScaling {
  /// The exponents within which a non-homogeneous activation gets its true argument. They are far inside Float's range, and
  /// beyond them the activation's laws for tiny and huge arguments hold.
  static let trueArgumentRange = 60.0
  /// The exponents within which even a homogeneous activation's signal stays unscaled.
  static let comfortRange = 20.0

  let activation: Activation
  let kernel: ActivationKernel

  init(_ activation: Activation) {
    self.activation = activation
    kernel = ActivationKernel(activation)
  }

  /// The exponent for a pre-activation whose log2 RMS is expected to be `log2RMS`.
  func preactivationExponent(expecting log2RMS: Double?) -> Double {
    let laws = activation.laws
    if laws.homogeneousDegree != nil { return Scale.exponent(expecting: log2RMS, comfort: Self.comfortRange) }
    return Scale.exponent(expecting: log2RMS, comfort: Self.trueArgumentRange)
  }

  /// The exponent of `f(z)` for a pre-activation of that exponent.
  func valueExponent(forPreactivation exponent: Double) -> Double {
    let laws = activation.laws
    if let degree = laws.homogeneousDegree { return degree * exponent }
    // f(0) + slope * z: where f(0) is not zero, z is too small to matter.
    if exponent < 0, let law = laws.nearZero { return law.value == 0 ? exponent : 0 }
    if exponent > 0, let law = laws.atInfinity { return law.valuePower * exponent }
    return 0
  }

  /// Exponent of `f'(z)`.
  func derivativeExponent(forPreactivation z: ScaledSignal) -> Double {
    let laws = activation.laws
    if let degree = laws.homogeneousDegree { return (degree - 1) * z.exponent }
    guard z.exponent > 0, let law = laws.atInfinity, law.derivativePower != 0 else { return 0 }
    // A slope that vanishes at infinity does not matter beside one that does not, such as that of a unit without input.
    let least = Scale.apply(-z.exponent, to: law.threshold)
    for index in 0..<z.count where abs(Double(z.data[index])) <= least { return 0 }
    return law.derivativePower * z.exponent
  }

  func value(_ z: UnsafePointer<Float>, exponent: Double, into a: UnsafeMutablePointer<Float>, count: Int) {
    if exponent == 0 || activation.laws.homogeneousDegree != nil {
      kernel.value(z, into: a, count: count)
    } else {
      applyLaw(z, exponent: exponent, value: a, derivative: nil, count: count)
    }
  }

  /// Computes value and derivative, the latter in units of `2^derivativeExponent`.
  func valueAndDerivative(
    _ z: UnsafePointer<Float>, exponent: Double, value a: UnsafeMutablePointer<Float>,
    derivative d: UnsafeMutablePointer<Float>,
    derivativeExponent: Double, count: Int
  ) {
    if exponent == 0 || activation.laws.homogeneousDegree != nil {
      kernel.valueAndDerivative(z, value: a, derivative: d, count: count)
    } else {
      applyLaw(z, exponent: exponent, value: a, derivative: d, derivativeExponent: derivativeExponent, count: count)
    }
  }

  private func applyLaw(
    _ z: UnsafePointer<Float>, exponent: Double, value a: UnsafeMutablePointer<Float>,
    derivative d: UnsafeMutablePointer<Float>?, derivativeExponent: Double = 0, count: Int
  ) {
    let laws = activation.laws
    if exponent < 0, let law = laws.nearZero {
      let offset = Float(law.value), factor = law.value == 0 ? 1 : Scale.factor(exponent)
      let below = Float(law.slopeBelow), above = Float(law.slopeAbove)
      for i in 0..<count {
        let slope = z[i] > 0 ? above : below
        let x = z[i]
        a[i] = offset + slope * x * factor
        if let d { d[i] = slope }
      }
      return
    }
    let law = exponent > 0 ? laws.atInfinity : nil
    let valueExponent = valueExponent(forPreactivation: exponent)
    // In stored units: beyond it the law holds. It never holds for zeros and NaNs.
    let threshold = law.map { Scale.apply(-exponent, to: $0.threshold) } ?? .infinity
    let derivativeFactor = law.map { Scale.apply($0.derivativePower * exponent - derivativeExponent, to: 1) } ?? 1
    for i in 0..<count {
      let x = Double(z[i]), magnitude = abs(x)
      if let law, magnitude > threshold {
        a[i] = Float((x > 0 ? law.valueAbove : law.valueBelow) * power(magnitude, law.valuePower))
        if let d {
          let coefficient = (x > 0 ? law.derivativeAbove : law.derivativeBelow) * derivativeFactor
          d[i] = Float(coefficient * power(magnitude, law.derivativePower))
        }
      } else {
        let argument = Scale.apply(exponent, to: x)
        a[i] = Float(Scale.apply(-valueExponent, to: activation.value(argument)))
        if let d { d[i] = Float(Scale.apply(-derivativeExponent, to: activation.derivative(argument))) }
      }
    }
  }

  private func power(_ x: Double, _ exponent: Double) -> Double {
    switch exponent {
    case 0: 1
    case 1: x
    case 2: x * x
    case -1: 1 / x
    case -2: 1 / (x * x)
    default: preconditionFailure("no activation of the catalogue grows as |x|^\(exponent)")
    }
  }
}
