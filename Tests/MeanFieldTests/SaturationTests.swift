import Glibc
import MeanField
import NetworkGraph
import Testing

@Suite struct SaturationTests {
  @Test func sharesAgainstScipy() throws {
    let fixture: CriticalLineFixture = try meanFieldFixture("critical_line.json")
    for row in fixture.saturation {
      let shares = try Saturation(of: Activation(parsing: row.activation), variance: row.variance)
      // The oracle finds crossings to 1e-13 and max|f'| of GELU, SiLU and Mish to 1e-12.
      #expect((shares.below - row.below).magnitude < 1e-11, "\(row.activation), q = \(row.variance)")
      #expect((shares.above - row.above).magnitude < 1e-11, "\(row.activation), q = \(row.variance)")
    }
  }

  /// tanh' = 1 - tanh^2 is below 0.05 where |x| > artanh(sqrt 0.95).
  @Test func tanhInClosedForm() throws {
    let edge = atanh(0.95.squareRoot())
    for q in [1e-12, 0.5, 4, 1e12] {
      let expected = erfc(edge / (2 * q).squareRoot())
      #expect((try Saturation(of: .tanh, variance: q).share - expected).magnitude < 1e-14, "q = \(q)")
    }
  }

  @Test func rectifiersAreNotWarnedOf() throws {
    for name in ["relu", "leaky_relu(slope=0.01)", "gelu", "softplus", "elu"] {
      #expect(try !Saturation(of: Activation(parsing: name), variance: 1e4).isHigh, "\(name)")
    }
    for name in ["sigmoid", "tanh", "hardtanh", "relu6"] {
      #expect(try Saturation(of: Activation(parsing: name), variance: 1e4).isHigh, "\(name)")
    }
    #expect(try Saturation(of: .identity, variance: 5).share == 0)
  }

  @Test func endsOfTheScale() throws {
    // At variance 0 all depends on f'(0); an unbounded slope has no share to compare with.
    #expect(try Saturation(of: .tanh, variance: 0).share == 0)
    #expect(try Saturation(of: .reluSquared, variance: 1).share == 0)
    // cos x is below 0.05 on a share of 2 arcsin(0.05) / pi of a period, and the normal is wide. Steps of 4 radians
    // see it as chance does: about 1300 draws within two deviations, a standard error of 0.005; twice that is the promise.
    let expected = 2 * asin(0.05) / Double.pi
    for q in [1e2, 1e3, 1e4, 1e6, 1e12] {
      #expect((try Saturation(of: .sin, variance: q).share - expected).magnitude < 1e-2, "q = \(q)")
    }
    for q in [-1, Double.nan, .infinity] {
      #expect(throws: MeanFieldError.self) { try Saturation(of: .tanh, variance: q) }
    }
  }
}
