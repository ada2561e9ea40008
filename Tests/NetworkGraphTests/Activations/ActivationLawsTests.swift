import NetworkGraph
import Testing

/// The declared laws hold where they say, and do not hold an order of magnitude beyond.
@Suite struct ActivationLawsTests {
  static let activations: [Activation] =
    ActivationCatalogue.entries.map { $0.make(Arguments(defaultsOf: $0.parameters)) }
    + [.leakyReLU(slope: 10), .leakyReLU(slope: -2), .prelu(a: 0), .elu(alpha: 0.1), .elu(alpha: 3), .celu(alpha: 0.01)]

  /// The radii and thresholds are those of the leading term; the next one is smaller by at least 2^-11 there.
  static let slack = 1 + 0x1p-10

  /// Largest error of the tangents at zero, in f and f', relative to each.
  static func nearZeroError(_ law: ActivationLaws.NearZero, _ activation: Activation, at x: Double) -> Double {
    let slope = x < 0 ? law.slopeBelow : law.slopeAbove
    let (value, derivative) = (activation.value(x), activation.derivative(x))
    return max(
      relative(law.value + slope * x - value, to: value), relative(slope - derivative, to: derivative))
  }

  static func relative(_ error: Double, to scale: Double) -> Double { error == 0 ? 0 : error.magnitude / scale.magnitude }

  @Test(arguments: activations) func nearZeroHoldsWithinItsRadius(activation: Activation) throws {
    guard let law = activation.laws.nearZero else {
      #expect(activation.entry.name == "relu_squared")
      return
    }
    let radius = min(law.radius, 1e300)
    for fraction in [1 - 0x1p-20, 0.5, 0.1, 1e-3, 1e-10, 1e-30] {
      for x in [-radius * fraction, radius * fraction] {
        let error = Self.nearZeroError(law, activation, at: x)
        #expect(error <= ActivationLaws.precision * Self.slack, "\(activation) at \(x)")
      }
    }
    if law.radius.isFinite {
      let errors = [-10, 10].map { Self.nearZeroError(law, activation, at: $0 * law.radius) }
      #expect(errors.contains { $0 > 2 * ActivationLaws.precision }, "\(activation) holds beyond its radius")
    }
  }

  /// Larger error of the powers at infinity, in f and f', on the scale of each power.
  static func atInfinityError(_ law: ActivationLaws.AtInfinity, _ activation: Activation, at x: Double) -> Double {
    func power(_ exponent: Double) -> Double {
      switch exponent {
      case 0: 1
      case 1: x.magnitude
      case 2: x * x
      case -2: 1 / (x * x)
      default: .nan
      }
    }
    let (valueScale, derivativeScale) = (power(law.valuePower), power(law.derivativePower))
    let value = (x < 0 ? law.valueBelow : law.valueAbove) * valueScale
    let derivative = (x < 0 ? law.derivativeBelow : law.derivativeAbove) * derivativeScale
    return max(
      (activation.value(x) - value).magnitude / valueScale,
      (activation.derivative(x) - derivative).magnitude / derivativeScale)
  }

  @Test(arguments: activations) func atInfinityHoldsBeyondItsThreshold(activation: Activation) throws {
    guard let law = activation.laws.atInfinity else {
      #expect(activation.entry.name == "sin")
      return
    }
    let threshold = max(law.threshold, 1e-30)
    for factor in [1 + 0x1p-20, 1.1, 2, 10, 1e3, 1e10] {
      for x in [-threshold * factor, threshold * factor] {
        #expect(
          Self.atInfinityError(law, activation, at: x) <= ActivationLaws.precision * Self.slack, "\(activation) at \(x)")
      }
    }
    if law.threshold > 0 {
      let errors = [-0.1, 0.1].map { Self.atInfinityError(law, activation, at: $0 * law.threshold) }
      #expect(errors.contains { $0 > 2 * ActivationLaws.precision }, "\(activation) holds before its threshold")
    }
  }

  @Test(arguments: activations) func maximumSlopeIsTheSupremum(activation: Activation) throws {
    let step = 0x1p-12
    var largest = 0.0
    for index in -163_840...163_840 { largest = max(largest, activation.derivative(Double(index) * step).magnitude) }
    guard let maximum = activation.laws.maximumSlope else {
      #expect(activation.derivative(1e30) > 1e29)
      return
    }
    // Rounding may lift a computed slope above the supremum by a few ulps.
    #expect(largest <= maximum * (1 + 4 * Double.ulpOfOne), "\(activation): \(largest) > \(maximum)")
    // A grid of this step misses a smooth maximum by |f'''| step^2 / 8 < 1e-8, and a one-sided limit by |f''| step.
    let miss = activation.entry.name == "hard_swish" ? step : 1e-8
    #expect(largest >= maximum - miss, "\(activation): \(largest) < \(maximum)")
  }

  @Test(arguments: activations) func homogeneityIsDeclaredWhereItHolds(activation: Activation) throws {
    let points = [-3.7, -0.9, -1e-3, 1e-3, 0.8, 2.3, 7.1]
    func holds(degree: Int) -> Bool {
      points.allSatisfy { x in
        // Powers of two make the comparison exact.
        let (scale, slopeScale) = degree == 1 ? (8.0, 1.0) : (64.0, 8.0)
        return activation.value(8 * x) == scale * activation.value(x)
          && activation.derivative(8 * x) == slopeScale * activation.derivative(x)
      }
    }
    #expect(activation.laws.homogeneousDegree == (holds(degree: 1) ? 1 : holds(degree: 2) ? 2 : nil))
  }

  @Test(arguments: activations) func kinksAreWhereADerivativeJumps(activation: Activation) throws {
    let step = 1e-4
    for index in -16...16 {
      let x = Double(index) / 2
      let derivative = activation.derivative
      let bend = (derivative(x + step) - 2 * derivative(x) + derivative(x - step)).magnitude
      // Where f''' exists, the second difference of f' is step^2 |f'''| < 1e-7; elsewhere about step times the jump of f'',
      // which is at least 1 in the catalogue, or a jump of f' itself.
      let isKink = activation.laws.kinks.contains(x)
      #expect(isKink ? bend > 0.05 * step : bend < 1e-7, "\(activation) at \(x)")
    }
  }
}
