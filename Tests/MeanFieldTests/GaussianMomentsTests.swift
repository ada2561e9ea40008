import Glibc
import MeanField
import NetworkGraph
import SampleStatistics
import Testing

@Suite struct GaussianMomentsTests {
  /// The seven moments of the fixture in its order.
  static func row(_ m: GaussianMoments) -> [Double] {
    [
      m.mean, m.secondMoment, m.derivativeSecondMoment, m.fourthMoment, m.derivativeFourthMoment, m.secondMomentSlope,
      m.mixedFourthMoment,
    ]
  }

  @Test func everyActivationFromTinyToHugeVariance() throws {
    let fixture: MomentFixture = try meanFieldFixture("moments.json")
    let names = Set(fixture.activations.keys.compactMap { try? Activation(parsing: $0).entry.name })
    #expect(names == Set(ActivationCatalogue.entries.map(\.name)))
    for (name, rows) in fixture.activations {
      let moments = ActivationMoments(try Activation(parsing: name))
      for expected in rows {
        let got = Self.row(try moments.moments(variance: expected[0]))
        for k in 0..<7 {
          // Positive integrands: 2e-15 observed. E f and the slope rest on an expansion near zero: 2e-13 observed.
          var tolerance = (k == 0 || k == 5 ? 1e-12 : 5e-15) * expected[k + 1].magnitude
          // SELU's E f vanishes at q = 1: what is left is the rounding of its parts, of size sqrt(E f^2).
          // What the fixture holds as 0 was below 1e-45.
          if expected[k + 1] == 0, k > 0 { tolerance = 1e-45 }
          if name == "selu", k == 0 { tolerance += 1e-15 * expected[2].squareRoot() }
          #expect(
            (got[k] - expected[k + 1]).magnitude <= tolerance,
            "\(name), q = \(expected[0]), \(fixture.columns[k + 1]): \(got[k]) for \(expected[k + 1])")
        }
      }
    }
  }

  @Test func oddActivationsHaveNoMean() throws {
    for name in ["identity", "tanh", "erf", "sin", "softsign", "hardtanh", "leaky_relu(slope=1)"] {
      let moments = ActivationMoments(try Activation(parsing: name))
      for q in [1e-12, 0.3, 1, 7, 1e12] { #expect(try moments.moments(variance: q).mean == 0, "\(name), q = \(q)") }
    }
  }

  @Test func referenceValuesAtUnitVariance() throws {
    // reference-cases: seven decimals.
    let rows: [(String, Double, Double)] = [
      ("relu", 0.3989423, 0.5), ("gelu", 0.2820948, 0.4252215), ("silu", 0.2066210, 0.3557755),
      ("elu", 0.1605206, 0.6449454), ("mish", 0.2404039, 0.4523422), ("softplus", 0.8060592, 0.9212459),
      ("tanh", 0, 0.3942945), ("sigmoid", 0.5, 0.2933790), ("relu_squared", 0.5, 1.5), ("selu", 0, 1),
      ("softsign", 0, 0.1830140), ("hardtanh", 0, 0.5160586), ("erf", 0, 0.4645591), ("sin", 0, 0.4323324),
    ]
    for (name, mean, second) in rows {
      let moments = try GaussianMoments(of: Activation(parsing: name), variance: 1)
      #expect((moments.mean - mean).magnitude < 0.51e-7, "\(name)")
      #expect((moments.secondMoment - second).magnitude < 0.51e-7, "\(name)")
    }
    // The list has the tanh form's second moment only.
    let tanhForm = try GaussianMoments(of: Activation(parsing: "gelu_tanh"), variance: 1)
    #expect((tanhForm.secondMoment - 0.4251937).magnitude < 0.51e-7)
  }

  /// The package's own elasticities against central differences of log moments: steps of 1e-3 err by 1e-6 of the third
  /// derivative, which is of order one.
  @Test func elasticitiesAreLogarithmicSlopes() throws {
    for name in ["tanh", "gelu", "softplus", "relu", "relu_squared", "sin", "hardtanh"] {
      let moments = ActivationMoments(try Activation(parsing: name))
      for q in [0.05, 1.2, 40] {
        let step = 1e-3
        let here = try moments.moments(variance: q)
        let above = try moments.moments(variance: q * exp(step)), below = try moments.moments(variance: q * exp(-step))
        let second = (log(above.secondMoment) - log(below.secondMoment)) / (2 * step)
        #expect((here.elasticity - second).magnitude < 2e-5, "\(name), q = \(q)")
        let slopes = (log(above.derivativeSecondMoment) - log(below.derivativeSecondMoment)) / (2 * step)
        #expect((here.derivativeElasticity - slopes).magnitude < 2e-5, "\(name), q = \(q)")
        let bend = (above.elasticity - below.elasticity) / (2 * step)
        let expected = here.elasticity - here.elasticity * here.elasticity + here.secondMomentCurvature
        #expect((bend - expected).magnitude < 2e-5, "\(name), q = \(q)")
      }
    }
  }

  @Test func limitsAtZeroVariance() throws {
    let tanh = try GaussianMoments(of: .tanh, variance: 0)
    #expect(tanh.secondMoment == 0 && (tanh.derivativeSecondMoment - 1).magnitude < 1e-15)
    // Sums of rounded weights.
    #expect((tanh.secondMomentSlope - 1).magnitude < 1e-15)
    let relu = try GaussianMoments(of: .relu, variance: 0)
    #expect(relu.secondMoment == 0 && relu.derivativeSecondMoment == 0.5 && relu.secondMomentSlope == 0.5)
    let sigmoid = try GaussianMoments(of: .sigmoid, variance: 0)
    #expect(sigmoid.mean == 0.5 && sigmoid.secondMoment == 0.25 && sigmoid.fourthMoment == 0.0625)
    // f'(0)^2 + f(0) f''(0) = 1/16; one rounding of the expansion's eleven terms each.
    #expect((sigmoid.secondMomentSlope - 0.0625).magnitude < 1e-12)
  }
}

@Suite struct CustomActivationMomentsTests {
  @Test func customCopyOfTanhAgrees() throws {
    let copy = Activation.custom(name: "copy", value: { tanh($0) }, derivative: { 1 - tanh($0) * tanh($0) })
    for q in [1e-6, 1, 1e4] {
      let (mine, theirs) = (try GaussianMoments(of: copy, variance: q), try GaussianMoments(of: .tanh, variance: q))
      #expect((mine.secondMoment / theirs.secondMoment - 1).magnitude < 1e-13)
      // 1 - tanh^2 in the closure cancels in the tail, to 1e-16 of f'(0).
      #expect((mine.derivativeSecondMoment / theirs.derivativeSecondMoment - 1).magnitude < 1e-12)
    }
  }

  /// A jump of the slope where nobody declared one: GSL's bisection finds it. E min(max(x - 0.7, 0), ...)^2 in closed form
  /// is `(1 + a^2) Q(a) - a phi(a)`.
  @Test func undeclaredKink() throws {
    let a = 0.7
    let shifted = Activation.custom(name: "shifted", value: { max($0 - a, 0) }, derivative: { $0 > a ? 1 : 0 })
    let moments = try GaussianMoments(of: shifted, variance: 1)
    let tail = erfc(a / 2.squareRoot()) / 2, density = exp(-a * a / 2) / (2 * Double.pi).squareRoot()
    #expect((moments.secondMoment - ((1 + a * a) * tail - a * density)).magnitude < 1e-11)
    #expect((moments.derivativeSecondMoment - tail).magnitude < 1e-9)
  }

  @Test func exponentialGrowthIsFollowedOrRefused() throws {
    let exponential = Activation.custom(name: "exp", value: { exp($0) }, derivative: { exp($0) })
    // E exp(2x) = exp(2q), E exp(4x) = exp(8q); at q = 4 the fourth moment's mass sits at 4 sigma sqrt(q) = 8 deviations.
    let moments = try GaussianMoments(of: exponential, variance: 4)
    #expect((moments.secondMoment / exp(8) - 1).magnitude < 1e-11)
    do {
      _ = try GaussianMoments(of: exponential, variance: 1e6)
      Issue.record("exp under variance 1e6 has no finite second moment in Double")
    } catch {
      #expect(error.kind == .overflow && error.description.contains("custom(name=exp)"))
    }
  }

  @Test func badVariancesAreNamed() {
    for q in [-1, Double.nan, .infinity] {
      #expect(throws: MeanFieldError.self) { try GaussianMoments(of: .relu, variance: q) }
    }
  }
}
