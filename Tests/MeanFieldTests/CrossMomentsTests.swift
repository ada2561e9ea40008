import MeanField
import NetworkGraph
import Testing

@Suite struct CrossMomentsTests {
  static func row(_ m: CrossMoments) -> [Double] {
    [m.product, m.derivativeProduct, m.squareProduct, m.derivativeSquareProduct]
  }

  @Test func againstAFixedGrid() throws {
    let fixture: CrossMomentFixture = try meanFieldFixture("cross_moments.json")
    for point in fixture.grid {
      let moments = ActivationMoments(try Activation(parsing: point.activation))
      let got = Self.row(try moments.crossMoments(variances: (point.q1, point.q2), Correlation(point.c)))
      for k in 0..<4 {
        // By Cauchy and Schwarz a product is at most the root of the squares' product; the grid is good to 3e-13 of it.
        let size = (k < 2 ? point.values[k + 2] : point.values[k] * point.values[k]).squareRoot()
        #expect(
          (got[k] - point.values[k]).magnitude <= 1e-12 * size,
          "\(point.activation) (\(point.q1), \(point.q2), \(point.c)) [\(k)]: \(got[k]) for \(point.values[k])")
      }
    }
  }

  /// A quarter of the nodes keeps 1e-6 of the moments' natural size.
  @Test func theCoarseRuleKeepsWhatCorrectionsNeed() throws {
    let fixture: CrossMomentFixture = try meanFieldFixture("cross_moments.json")
    var largest = 0.0
    for point in fixture.grid {
      let moments = ActivationMoments.coarse(try Activation(parsing: point.activation))
      let got = Self.row(try moments.crossMoments(variances: (point.q1, point.q2), Correlation(point.c)))
      for k in 0..<4 {
        let size = (k < 2 ? point.values[k + 2] : point.values[k] * point.values[k]).squareRoot()
        let error = (got[k] - point.values[k]).magnitude / size
        largest = max(largest, error)
        #expect(error <= 1e-6, "\(point.activation) (\(point.q1), \(point.q2), \(point.c)) [\(k)]: off by \(error)")
      }
    }
    // It is coarser than the rule that others are asked for.
    #expect(largest > 1e-12)
  }

  @Test func closedFormsUpToTheEndsOfTheRange() throws {
    let fixture: CrossMomentFixture = try meanFieldFixture("cross_moments.json")
    for point in fixture.closed {
      let moments = ActivationMoments(try Activation(parsing: point.activation))
      let got = try moments.crossMoments(variances: (point.q, point.q), Correlation(separation: point.separation))
      let one = try moments.moments(variance: point.q)
      let name: Comment = "\(point.activation), q = \(point.q), 1 - c = \(point.separation)"
      #expect((got.product - point.values[0]).magnitude <= 1e-13 * one.secondMoment, name)
      #expect((got.derivativeProduct - point.values[1]).magnitude <= 1e-12 * one.derivativeSecondMoment, name)
      // Relative to itself, though it is 1e-14 of E f^2 where c is nearly 1.
      #expect((got.halfSquaredDifference / point.values[2] - 1).magnitude <= 1e-10, name)
    }
  }

  @Test func exactLimits() throws {
    for name in ["relu", "tanh", "gelu", "elu", "relu_squared", "sin", "hardtanh", "silu"] {
      let moments = ActivationMoments(try Activation(parsing: name))
      for q in [1e-6, 1, 1e6] {
        let one = try moments.moments(variance: q)
        let same = try moments.crossMoments(variances: (q, q), Correlation(1))
        let apart = try moments.crossMoments(variances: (q, q), Correlation(0))
        #expect(same.halfSquaredDifference == 0, "\(name), q = \(q)")
        // Two rules of 1e-15 each.
        #expect((same.product / one.secondMoment - 1).magnitude < 5e-15, "\(name), q = \(q)")
        #expect((same.squareProduct / one.fourthMoment - 1).magnitude < 5e-15, "\(name), q = \(q)")
        #expect((same.mixedSquareProduct / one.mixedFourthMoment - 1).magnitude < 5e-15, "\(name), q = \(q)")
        let mixed = apart.mixedSquareProduct / one.secondMoment / one.derivativeSecondMoment
        // E f'^2 of a saturated activation rests on the few panels near zero, of which the inner rule sees slices.
        #expect((mixed - 1).magnitude < 5e-14, "\(name), q = \(q)")
        #expect((apart.product - one.mean * one.mean).magnitude < 5e-15 * one.secondMoment, "\(name), q = \(q)")
        #expect((apart.squareProduct / one.secondMoment / one.secondMoment - 1).magnitude < 5e-15, "\(name), q = \(q)")
      }
    }
  }

  @Test func referenceKernels() throws {
    // reference-cases, at (1, 1, 0.5): seven decimals.
    for (name, kernel, derivative) in [
      ("relu", 0.3044989, 0.3333333), ("erf", 0.2163469, 0.4501582), ("gelu", 0.2272949, 0.3422672),
    ] {
      let moments = ActivationMoments(try Activation(parsing: name))
      let cross = try moments.crossMoments(variances: (1, 1), Correlation(0.5))
      #expect((cross.product - kernel).magnitude < 0.51e-7, "\(name)")
      #expect((cross.derivativeProduct - derivative).magnitude < 0.51e-7, "\(name)")
    }
  }

  @Test func correlationsBeyondOneAreRefused() {
    #expect(throws: MeanFieldError.self) { try Correlation(1.0000001) }
    #expect(throws: MeanFieldError.self) { try Correlation(separation: -1e-9) }
    #expect(throws: MeanFieldError.self) { try Correlation(.nan) }
  }

  @Test func customActivationsSettleOrSaySo() throws {
    let kinked = Activation.custom(name: "kinked", value: { max($0 - 0.5, 0) }, derivative: { $0 > 0.5 ? 1 : 0 })
    let wild = Activation.custom(
      name: "wild", value: { $0.remainder(dividingBy: 0.01) }, derivative: { _ in 1 })
    #expect(throws: MeanFieldError.self) {
      try ActivationMoments(wild).crossMoments(variances: (1, 1), Correlation(0.5))
    }
    do {
      let cross = try ActivationMoments(kinked).crossMoments(variances: (1, 1), Correlation(0))
      let mean = try GaussianMoments(of: kinked, variance: 1).mean
      #expect((cross.product - mean * mean).magnitude < 1e-8)
    } catch {
      #expect(error.kind == .quadrature)
    }
  }
}
