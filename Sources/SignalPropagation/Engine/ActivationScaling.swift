import NetworkGraph
import TensorKernels

/// How an activation acts on a signal that carries a scale.
///
/// Three cases keep `f` exact to Float's precision: `f` is positively homogeneous, so the scale passes through; the scale is
/// 1, so `f` sees its true argument; or the argument is so tiny or huge that the law which the activation declares holds.
struct ActivationScaling {
  /// Exponents within which a non-homogeneous activation is given its true argument: far inside Float's range, and far
  /// enough from 1 that its laws for tiny and huge arguments hold beyond.
  static let trueArgumentRange = 60.0
  /// Exponents within which even a homogeneous activation's signal stays unscaled.
  static let comfortRange = 20.0

  let activation: Activation
  let kernel: ActivationKernel

  init(_ activation: Activation) {
    self.activation = activation
    kernel = ActivationKernel(activation)
  }

  /// The exponent to give a pre-activation whose log2 RMS is expected to be `log2RMS`.
  func preactivationExponent(expecting log2RMS: Double?) -> Double {
    let laws = activation.laws
    if laws.homogeneousDegree != nil { return Scale.exponent(expecting: log2RMS, comfort: Self.comfortRange) }
    let exponent = Scale.exponent(expecting: log2RMS, comfort: Self.trueArgumentRange)
    if exponent < 0 { return laws.nearZero == nil ? 0 : exponent }
    return laws.atInfinity == nil ? 0 : exponent
  }

  /// Exponent of `f(z)` and of `f'(z)` for a pre-activation of that exponent.
  func exponents(forPreactivation exponent: Double) -> (value: Double, derivative: Double) {
    let laws = activation.laws
    if let degree = laws.homogeneousDegree {
      return (degree * exponent, (degree - 1) * exponent)
    }
    if exponent < 0, let law = laws.nearZero {
      // f(0) + slope * z: where f(0) is not zero, z is lost beside it.
      return (law.value == 0 ? exponent : 0, 0)
    }
    if exponent > 0, let law = laws.atInfinity {
      return (law.valuePower * exponent, law.derivativePower * exponent)
    }
    return (0, 0)
  }

  func value(_ z: UnsafePointer<Float>, exponent: Double, into a: UnsafeMutablePointer<Float>, count: Int) {
    if exponent == 0 || activation.laws.homogeneousDegree != nil {
      kernel.value(z, into: a, count: count)
    } else {
      applyLaw(z, exponent: exponent, value: a, derivative: nil, count: count)
    }
  }

  func valueAndDerivative(
    _ z: UnsafePointer<Float>, exponent: Double, value a: UnsafeMutablePointer<Float>, derivative d: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    if exponent == 0 || activation.laws.homogeneousDegree != nil {
      kernel.valueAndDerivative(z, value: a, derivative: d, count: count)
    } else {
      applyLaw(z, exponent: exponent, value: a, derivative: d, count: count)
    }
  }

  private func applyLaw(
    _ z: UnsafePointer<Float>, exponent: Double, value a: UnsafeMutablePointer<Float>,
    derivative d: UnsafeMutablePointer<Float>?, count: Int
  ) {
    if exponent < 0, let law = activation.laws.nearZero {
      let offset = Float(law.value), factor = law.value == 0 ? 1 : Scale.factor(exponent)
      let below = Float(law.slopeBelow), above = Float(law.slopeAbove)
      for i in 0..<count {
        let slope = z[i] > 0 ? above : below
        let x = z[i]
        a[i] = offset + slope * x * factor
        if let d { d[i] = slope }
      }
    } else if let law = activation.laws.atInfinity {
      for i in 0..<count {
        let x = Double(z[i]), magnitude = abs(x)
        a[i] = Float((x > 0 ? law.valueAbove : law.valueBelow) * power(magnitude, law.valuePower))
        if let d { d[i] = Float((x > 0 ? law.derivativeAbove : law.derivativeBelow) * power(magnitude, law.derivativePower)) }
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
