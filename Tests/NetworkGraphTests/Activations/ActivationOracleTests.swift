import NetworkGraph
import Testing

/// The scalar functions against mpmath, and their derivatives against their values.
@Suite struct ActivationOracleTests {
  /// glibc's functions are within 1 to 4 units in the last place; what is made of two of them and three roundings stays
  /// within five. A subnormal factor has lost digits; the other factor, |x| < 750, multiplies what it lost.
  static func tolerance(_ scale: Double) -> Double { 5 * scale.ulp + 750 * Double.leastNonzeroMagnitude }

  @Test func everyEntryIsInTheFixture() throws {
    let fixture = try ActivationFixture.loaded.get()
    let names = Set(fixture.activations.keys)
    #expect(ActivationCatalogue.entries.allSatisfy { names.contains($0.name) })
    #expect(fixture.x.count > 200)
  }

  @Test func valuesMatchTheOracle() throws {
    let fixture = try ActivationFixture.loaded.get()
    for (name, rows) in fixture.activations {
      let activation = try Activation(parsing: name)
      for (x, expected) in zip(fixture.x, rows.value) {
        let actual = activation.value(x)
        let error = (actual - expected).magnitude
        #expect(error <= Self.tolerance(expected), "\(name): f(\(x)) = \(actual), oracle \(expected)")
      }
    }
  }

  @Test func derivativesMatchTheOracle() throws {
    let fixture = try ActivationFixture.loaded.get()
    for (name, rows) in fixture.activations {
      let activation = try Activation(parsing: name)
      for (index, (x, expected)) in zip(fixture.x, rows.derivative).enumerated() {
        let actual = activation.derivative(x)
        // f = x s(x) has f' = s + x s', which passes through zero: there the error is relative to the terms, |s| = |f / x|.
        let term = x < 0 && x > -4 ? rows.value[index].magnitude / x.magnitude : 0
        let tolerance = Self.tolerance(max(expected.magnitude, term))
        #expect((actual - expected).magnitude <= tolerance, "\(name): f'(\(x)) = \(actual), oracle \(expected)")
      }
    }
  }

  @Test(arguments: ActivationCatalogue.entries.map { $0.make(Arguments(defaultsOf: $0.parameters)) })
  func derivativeIsThatOfTheValue(activation: Activation) {
    let step = 0x1p-17
    for index in -700...700 {
      let x = Double(index) / 64 + 0.003
      if activation.laws.kinks.contains(where: { ($0 - x).magnitude <= step }) { continue }
      let difference = (activation.value(x + step) - activation.value(x - step)) / (2 * step)
      // Truncation: step^2 / 6 |f'''| < 6e-11, as |f'''| < 6. Rounding: a few ulps of f over 2 step.
      let tolerance = 6e-11 + 4 * activation.value(x).ulp / (2 * step)
      #expect((difference - activation.derivative(x)).magnitude <= tolerance, "\(activation) at \(x)")
    }
  }

  @Test(arguments: ActivationCatalogue.entries.map { $0.make(Arguments(defaultsOf: $0.parameters)) })
  func specialArguments(activation: Activation) {
    #expect(activation.value(.nan).isNaN)
    #expect(activation.derivative(.nan).isNaN)
    // Limits, except where there is none.
    if let law = activation.laws.atInfinity {
      for x in [-Double.infinity, .infinity] {
        let limit = { (power: Double, coefficient: Double) in
          power == 0 || coefficient == 0 ? coefficient : power > 0 ? coefficient * .infinity : 0
        }
        let value = activation.value(x)
        // A finite left limit is invisible to a law on the scale of the argument: -alpha of the ELUs.
        if x > 0 || value.isInfinite || law.valuePower == 0 {
          #expect(value == limit(law.valuePower, x < 0 ? law.valueBelow : law.valueAbove), "\(activation)(\(x))")
        }
        #expect(value.isNaN == false)
        let slope = limit(law.derivativePower, x < 0 ? law.derivativeBelow : law.derivativeAbove)
        #expect(activation.derivative(x) == slope, "\(activation)'(\(x))")
      }
    }
  }
}
