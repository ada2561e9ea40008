import Foundation
import NetworkGraph
import Testing

/// Gaussian moments, from the scalar functions by a dense midpoint rule, against values of mpmath and scipy quadrature.
@Suite struct ActivationMomentsTests {
  /// `E g(z)` for standard normal z. The density is below 1e-31 at the ends, and the rule's error at a kink is at most
  /// `step^2 / 12` times the jump of the integrand's slope, 1e-9. Kinks at whole numbers lie midway between two points,
  /// where a jump of the integrand costs no more.
  static func mean(_ integrand: (Double) -> Double) -> Double {
    let step = 1e-4
    var sum = 0.0
    for index in -120_000..<120_000 {
      let z = (Double(index) + 0.5) * step
      sum += integrand(z) * exp(-z * z / 2)
    }
    return sum * step / (2 * Double.pi).squareRoot()
  }

  /// The reference has seven decimals: half a unit of the last, and the rule's error.
  static let tolerance = 0.5e-7 + 1e-9

  @Test(arguments: [
    ("relu", 0.3989423, 0.5), ("gelu", 0.2820948, 0.4252215), ("silu", 0.2066210, 0.3557755), ("elu", 0.1605206, 0.6449454),
    ("selu", 0, 1), ("mish", 0.2404039, 0.4523422), ("softplus", 0.8060592, 0.9212459), ("tanh", 0, 0.3942945),
    ("sigmoid", 0.5, 0.2933790), ("relu_squared", 0.5, 1.5), ("softsign", 0, 0.1830140), ("hardtanh", 0, 0.5160586),
    ("erf", 0, 0.4645591), ("sin", 0, 0.4323324),
  ])
  func meanAndSecondMoment(name: String, mean: Double, secondMoment: Double) throws {
    let f = try Activation(parsing: name).value
    #expect((Self.mean(f) - mean).magnitude <= Self.tolerance)
    #expect((Self.mean { f($0) * f($0) } - secondMoment).magnitude <= Self.tolerance)
  }

  @Test func secondMomentOfTanhGELU() {
    let f = Activation.geluTanh.value
    #expect((Self.mean { f($0) * f($0) } - 0.4251937).magnitude <= Self.tolerance)
  }

  @Test(arguments: [
    ("relu", 1.41421, 1), ("gelu", 1.46801, 1.060406), ("silu", 1.55876, 1.067060), ("elu", 1.27796, 1.043314),
    ("selu", 1, 1.071575), ("mish", 1.45149, 1.059045), ("softplus", 1.08312, 0.350248),
  ])
  func unitVariancePointAndItsSusceptibility(name: String, sigma: Double, chi1: Double) throws {
    let activation = try Activation(parsing: name)
    let secondMoment = Self.mean { z in
      let f = activation.value(sigma * z)
      return f * f
    }
    let slopes = Self.mean { z in
      let g = activation.derivative(sigma * z)
      return g * g
    }
    // sigma has five decimals: 5e-6, times a slope d(E f^2)/d(sigma) of at most 2 * 1.15 * E f^2 / sigma < 2.4.
    #expect((secondMoment - 1).magnitude < 1.2e-5)
    // and d(chi1)/d(sigma) < 3 for each of these.
    #expect((sigma * sigma * slopes - chi1).magnitude < 1.5e-5)
  }
}
