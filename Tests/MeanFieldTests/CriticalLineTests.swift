import Glibc
import MeanField
import NetworkGraph
import Testing

@Suite struct CriticalLineTests {
  @Test func referenceCases() throws {
    for (name, bias, weight, q) in [
      ("tanh", 0.01, 1.4242053, 0.2733009), ("tanh", 0.05, 1.7609546, 0.5700479), ("tanh", 0.1, 1.9860726, 0.8057992),
      ("erf", 0.18, 1.7476037, 0.9877878),
    ] {
      let line = try CriticalLine(Activation(parsing: name))
      let point = try #require(try line.point(biasVariance: bias))
      // Seven decimals, of which erf's was cut off rather than rounded.
      let variance = try #require(point.variance)
      #expect((point.weightVariance - weight).magnitude < 0.6e-7 && (variance - q).magnitude < 0.6e-7)
      let back = try line.points(weightVariance: point.weightVariance)
      #expect(back.count == 1 && (back[0].biasVariance - bias).magnitude < 1e-11)
      let theory = try MeanFieldTheory(line.table, weightVariance: point.weightVariance, biasVariance: bias)
      #expect(theory.phase == .critical && theory.criticalWeightVariance == point.weightVariance)
    }
  }

  @Test func rectifiersAreCriticalWithoutBiasesOnly() throws {
    let line = try CriticalLine(.relu)
    let point = try #require(try line.point(biasVariance: 0))
    #expect(point.weightVariance == 2 && point.variance == nil && point.gain == 2.0.squareRoot())
    #expect(try line.points(biasVariance: 0.1).isEmpty)
    #expect(try line.points(weightVariance: 1.9).isEmpty)
  }

  /// Roberts, Yaida and Hanin 2022, section 5.3.4.
  @Test func halfStablePoints() throws {
    for (name, weight, bias, q) in [
      ("gelu", 1.98305826, 0.17292239, 3.561552812808831), ("silu", 1.98800468, 0.55514317, 14.32017362),
    ] {
      let point = try #require(try CriticalLine(Activation(parsing: name)).recommendation())
      #expect((point.weightVariance - weight).magnitude < 0.51e-8 && (point.biasVariance - bias).magnitude < 0.51e-8)
      // A double zero of V - q: q is known to the root of the precision, 1e-8, better where V' = 1 is solved for.
      #expect((try #require(point.variance) - q).magnitude < 1e-8)
    }
  }

  /// Every critical point at five bias variances, from a scan of the whole line.
  @Test func everyPointAgainstScipy() throws {
    let fixture: CriticalLineFixture = try meanFieldFixture("critical_line.json")
    for row in fixture.criticalPoints {
      let line = try CriticalLine(Activation(parsing: row.activation))
      let points = try line.points(biasVariance: row.biasVariance)
      let place: Comment = "\(row.activation), \(row.biasVariance)"
      try #require(points.count == row.points.count, place)
      for (point, expected) in zip(points, row.points) {
        // q - E f^2 / E f'^2 cancels to 1e-2 of q at the smallest bias variance; a root of it loses as many digits.
        #expect((try #require(point.variance) / expected.variance - 1).magnitude < 1e-10, place)
        #expect((point.weightVariance / expected.weightVariance - 1).magnitude < 1e-10, place)
        #expect((point.varianceMapSlope - expected.slope).magnitude < 1e-10, place)
        #expect(try line.stability(of: point) == (expected.slope < 1 ? .stable : .unstable), place)
      }
      // Where depth leads to none, the unstable one is given all the same.
      #expect(try line.point(biasVariance: row.biasVariance)?.weightVariance == points.first?.weightVariance, place)
    }
  }

  @Test func halfStablePointsAttractFromOneSide() throws {
    let fixture: CriticalLineFixture = try meanFieldFixture("critical_line.json")
    for touch in fixture.halfStable {
      let line = try CriticalLine(Activation(parsing: touch.activation)), place: Comment = "\(touch.activation)"
      let point = try #require(try line.recommendation(), place)
      #expect((point.weightVariance / touch.weightVariance - 1).magnitude < 1e-12, place)
      #expect((point.biasVariance / touch.biasVariance - 1).magnitude < 1e-12, place)
      #expect(touch.attractsFromAbove != touch.attractsFromBelow, place)
      #expect(try line.stability(of: point) == (touch.attractsFromAbove ? .stableFromAbove : .stableFromBelow), place)
      let biases = try #require(try line.attractingBiasVariances(), place)
      #expect(biases.lowerBound == point.biasVariance && biases.upperBound == .infinity, place)
      for limit in touch.limits {
        let theory = try MeanFieldTheory(
          line.table, weightVariance: point.weightVariance, biasVariance: point.biasVariance, startingVariance: limit.start)
        #expect((theory.qStar == nil) == (limit.limit == nil), "\(touch.activation) from \(limit.start)")
        guard let q = theory.qStar, let expected = limit.limit, let chi1 = limit.chi1 else { continue }
        // The neighbouring crossing has a slope within 1e-7 of 1 for SiLU, which costs as many digits.
        #expect((q / expected - 1).magnitude < 1e-8 && (theory.chi1 - chi1).magnitude < 1e-8, place)
        #expect(theory.phase == (chi1 == 1 ? .critical : chi1 < 1 ? .ordered : .chaotic), place)
      }
      // A start within the root of rounding of the point is the point.
      let near = try MeanFieldTheory(
        line.table, weightVariance: point.weightVariance, biasVariance: point.biasVariance,
        startingVariance: touch.variance * (1 + 1e-8))
      #expect(near.phase == .critical, place)
    }
  }

  @Test func whereThereIsCriticality() throws {
    for (name, low, high) in [
      ("tanh", 0, Double.infinity), ("relu", 0, 0), ("identity", 0, 0), ("sigmoid", 0, .infinity),
      ("hardtanh", 0, .infinity),
    ] as [(String, Double, Double)] {
      let biases = try #require(try CriticalLine(Activation(parsing: name)).attractingBiasVariances(), "\(name)")
      #expect(biases == low...high, "\(name)")
    }
    #expect(try CriticalLine(.softplus).attractingBiasVariances() == nil)
    // b = q/4 with a slope of 3/2 everywhere: critical at every bias variance, and never led to.
    #expect(try CriticalLine(.reluSquared).attractingBiasVariances() == nil)
    let point = try #require(try CriticalLine(.reluSquared).point(biasVariance: 0.1))
    #expect((point.weightVariance - 1.25).magnitude < 1e-12 && (point.varianceMapSlope - 1.5).magnitude < 1e-12)
  }

  @Test func recommendations() throws {
    // 1 / f'(0)^2 for odd activations, 1 / E f'^2 for rectifiers.
    for (name, weight) in [
      ("tanh", 1.0), ("erf", Double.pi / 4), ("sin", 1), ("hardtanh", 1), ("softsign", 1), ("relu", 2), ("identity", 1),
      ("leaky_relu(slope=0.2)", 2 / 1.04), ("relu6", 2),
    ] {
      let point = try #require(try CriticalLine(Activation(parsing: name)).recommendation(), "\(name)")
      #expect((point.weightVariance / weight - 1).magnitude < 1e-14 && point.biasVariance == 0, "\(name)")
    }
    #expect(try CriticalLine(.softplus).recommendation() == nil)
  }

  @Test func gainsOfUnitVariance() throws {
    // reference-cases: five decimals of sigma_w and of the slope, six of chi1.
    for (name, gain, slope, chi1) in [
      ("relu", 1.41421, 1, 1), ("gelu", 1.46801, 1.08359, 1.060406), ("silu", 1.55876, 1.14681, 1.067060),
      ("elu", 1.27796, 0.89815, 1.043314), ("selu", 1, 0.78265, 1.071575), ("mish", 1.45149, 1.05161, 1.059045),
      ("softplus", 1.08312, 0.53529, 0.350248),
    ] {
      let gains = try UnitVarianceGain.all(MomentTable(Activation(parsing: name)))
      let found = try #require(gains.first, "\(name)")
      #expect(gains.count == 1 && (found.gain - gain).magnitude < 0.51e-5, "\(name)")
      #expect((found.varianceMapSlope - slope).magnitude < 0.51e-5, "\(name)")
      #expect((found.chi1 - chi1).magnitude < 0.51e-6, "\(name)")
    }
    #expect(try UnitVarianceGain.all(MomentTable(.tanh)).isEmpty)
  }
}

@Suite struct PhaseDiagramTests {
  /// Every ninth cell in both directions against the theory of that point alone.
  @Test(arguments: ["tanh", "elu", "hardtanh", "gelu", "relu"])
  func cellsAgreeWithTheory(name: String) throws {
    let activation = try Activation(parsing: name)
    let weights = (0..<32).map { 0.3 + Double($0) * 0.15 }, biases = (0..<16).map { Double($0) * 0.05 }
    let diagram = try PhaseDiagram(activation, weightVariances: weights, biasVariances: biases)
    #expect(diagram.cells.count == 512 && diagram.criticalPoints.count == 16)
    let table = try MomentTable(activation)
    for row in stride(from: 0, to: 16, by: 5) {
      for column in stride(from: 0, to: 32, by: 3) {
        let theory = try MeanFieldTheory(table, weightVariance: weights[column], biasVariance: biases[row])
        let cell = diagram.cell(row: row, column: column)
        let place: Comment = "\(name) (\(weights[column]), \(biases[row]))"
        #expect(cell.qStar == theory.qStar && cell.phase == theory.phase && cell.chi1 == theory.chi1, place)
        guard cell.qStar != nil else { continue }
        // What the documentation states for pictures.
        #expect((cell.cStar - theory.cStar).magnitude < 1e-3, place)
        if let scale = cell.depthScaleC, let expected = theory.depthScaleC, expected.isFinite {
          #expect((scale / expected - 1).magnitude < 0.05, place)
        }
      }
    }
  }

  /// The promise is 2 s for 64 x 64, here of this thread's processor time, which other work does not lengthen much.
  @Test(arguments: ["tanh", "hardtanh", "gelu"])
  func fullGridIsQuick(name: String) throws {
    let activation = try Activation(parsing: name)
    let grid = (0..<64).map { 0.05 + Double($0) * 0.08 }
    let start = Self.threadSeconds()
    let diagram = try PhaseDiagram(activation, weightVariances: grid, biasVariances: grid.map { $0 / 5 })
    #expect(Self.threadSeconds() - start < 2)
    #expect(diagram.cells.count == 4096)
  }

  private static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
