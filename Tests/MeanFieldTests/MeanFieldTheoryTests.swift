import Glibc
import MeanField
import NetworkGraph
import Testing

@Suite struct MeanFieldTheoryTests {
  @Test func fixedPointsAgainstScipy() throws {
    let fixture: TheoryFixture = try meanFieldFixture("theory.json")
    for point in fixture.points {
      let theory = try MeanFieldTheory(
        activation: Activation(parsing: point.activation), weightVariance: point.weightVariance,
        biasVariance: point.biasVariance)
      let name: Comment = "\(point.activation) (\(point.weightVariance), \(point.biasVariance))"
      // The oracle's root is good to 1e-13 of q over 1 - V', at most 20 here; its sums to 1e-14.
      let q = try #require(theory.qStar, name)
      #expect((q / point.qStar - 1).magnitude < 1e-11, name)
      #expect((theory.chi1 - point.chi1).magnitude < 1e-11, name)
      #expect((theory.varianceMapSlope - point.varianceMapSlope).magnitude < 1e-11, name)
      // An error of V(c) is amplified by 1 / (1 - slope), at most 50.
      #expect((theory.cStar - point.cStar).magnitude < 1e-10, name)
      #expect((theory.correlationMapSlope - point.correlationMapSlope).magnitude < 1e-9, name)
      #expect(theory.phase == (point.chi1 < 1 ? .ordered : .chaotic), name)
    }
  }

  @Test func referenceCases() throws {
    // tanh at sigma_b = 0.3: seven decimals.
    for (sigma, q, chi1, c) in [
      // c* for 2.5 is 0.12210375 by theory.py and by this package: 0.1221036 of the reference list is not its rounding.
      (1.3, 0.6070468, 0.9398074, 1.0), (2.5, 4.0791239, 1.5852248, 0.1221037), (4, 12.6041495, 2.3672610, 0.0296959),
    ] {
      let theory = try MeanFieldTheory(activation: .tanh, weightVariance: sigma * sigma, biasVariance: 0.09)
      #expect((try #require(theory.qStar) - q).magnitude < 0.51e-7)
      // 2.3672610 is 2.36726104 rounded.
      #expect((theory.chi1 - chi1).magnitude < 0.51e-7)
      #expect((theory.cStar - c).magnitude < 0.51e-7)
    }
    let torch = try MeanFieldTheory(activation: .tanh, weightVariance: 25.0 / 9, biasVariance: 0)
    #expect((try #require(torch.qStar) - 1.1784805).magnitude < 0.51e-7)
    #expect((torch.chi1 - 1.2098313).magnitude < 0.51e-7 && torch.phase == .chaotic && torch.cStar == 0)
    // Squared gradients grow by 45 over 20 layers.
    #expect((pow(torch.chi1, 20) - 45).magnitude < 0.5)
    // Softplus where it keeps E f^2 = 1: gradients fall to 8e-10 over 20 layers, and inputs become one.
    let gain = try #require(try UnitVarianceGain.all(MomentTable(.softplus)).first)
    let softplus = try MeanFieldTheory(activation: .softplus, weightVariance: gain.gain * gain.gain, biasVariance: 0)
    #expect((pow(softplus.chi1, 20) - 8e-10).magnitude < 0.5e-10 && softplus.cStar == 1)
  }

  @Test func homogeneousActivationsHaveALineForAMap() throws {
    let critical = try MeanFieldTheory(activation: .relu, weightVariance: 2, biasVariance: 0, startingVariance: 3)
    #expect(critical.fixedPoints.isEveryVarianceFixed && critical.qStar == 3 && critical.phase == .critical)
    #expect(critical.chi1 == 1 && critical.depthScaleQ == .infinity && critical.depthScaleC == .infinity)
    // A gain that was given as sqrt 2 is critical, too.
    let root = 2.0.squareRoot()
    #expect(try MeanFieldTheory(activation: .relu, weightVariance: root * root, biasVariance: 0).phase == .critical)
    let biased = try MeanFieldTheory(activation: .relu, weightVariance: 2, biasVariance: 0.1)
    #expect(biased.qStar == nil && biased.phase == .divergent && biased.fixedPoints.points.isEmpty)
    let small = try MeanFieldTheory(activation: .relu, weightVariance: 1, biasVariance: 0.1)
    #expect((try #require(small.qStar) - 0.2).magnitude < 1e-15)
    #expect(small.phase == .ordered)
    let large = try MeanFieldTheory(activation: .relu, weightVariance: 3, biasVariance: 0)
    #expect(large.qStar == nil && large.chi1 == 1.5 && large.fixedPoints.points.map(\.stability) == [.unstable])
  }

  /// E f^2 = 3 q^2 / 2 and sw2 = 1/2: fixed points are the roots of 3 q^2 / 4 - q + sb2, two of them below sb2 = 1/3.
  @Test func squaredReLUHasTwoFixedPoints() throws {
    let bias = 0.01
    let theory = try MeanFieldTheory(activation: .reluSquared, weightVariance: 0.5, biasVariance: bias)
    let root = (1 - 3 * bias).squareRoot()
    let points = theory.fixedPoints.points
    try #require(points.count == 2)
    // The difference 1 - root loses two digits.
    #expect((points[0].variance - (1 - root) / 1.5).magnitude < 1e-13 && points[0].stability == .stable)
    #expect((points[1].variance - (1 + root) / 1.5).magnitude < 1e-13 && points[1].stability == .unstable)
    #expect(theory.qStar == points[0].variance)
    // From above the unstable one, depth leads to infinity.
    let far = try MeanFieldTheory(
      activation: .reluSquared, weightVariance: 0.5, biasVariance: bias, startingVariance: 1.4)
    #expect(far.phase == .divergent && far.chi1 == .infinity)
    // A pair that lies between two nodes of the table, 1e-4 below its merger at 1/3.
    let close = try MeanFieldTheory(
      activation: .reluSquared, weightVariance: 0.5, biasVariance: 1.0 / 3 - 1e-4, startingVariance: 0.1)
    #expect(close.fixedPoints.points.count == 2)
    #expect(try MeanFieldTheory(activation: .reluSquared, weightVariance: 0.5, biasVariance: 0.34).phase == .divergent)
  }

  @Test func silenceIsAFixedPoint() throws {
    let ordered = try MeanFieldTheory(activation: .tanh, weightVariance: 0.5, biasVariance: 0)
    #expect(ordered.qStar == 0 && ordered.chi1 == 0.5 && ordered.phase == .ordered && ordered.cStar == 1)
    let critical = try MeanFieldTheory(activation: .tanh, weightVariance: 1, biasVariance: 0)
    #expect(critical.qStar == 0 && critical.phase == .critical && critical.fixedPoints.points.count == 1)
    // Below the table the map is its tangent: q* = sb2 / (1 - 1/2).
    let faint = try MeanFieldTheory(activation: .tanh, weightVariance: 0.5, biasVariance: 1e-25)
    #expect((try #require(faint.qStar) / 2e-25 - 1).magnitude < 1e-12)
    let none = try MeanFieldTheory(activation: .sigmoid, weightVariance: 0, biasVariance: 0)
    #expect(none.qStar == 0 && none.chi1 == 0 && none.depthScaleQ == 0)
  }

  @Test func correlationsOfReLU() throws {
    // reference-cases: from c = 0 at criticality, seven decimals.
    let map = try CorrelationMap(
      VarianceMap(MomentTable(.relu), weightVariance: 2, biasVariance: 0), variance: 1)
    let values = try map.iterates(from: Correlation(0), count: 100).map(\.value)
    for (layer, c) in [(1, 0.3183099), (2, 0.4937311), (3, 0.6048257), (10, 0.8715355), (100, 0.9964231)] {
      #expect((values[layer] - c).magnitude < 0.51e-7, "layer \(layer)")
    }
  }

  @Test func badInputIsNamed() throws {
    for (weight, bias) in [(-1.0, 0.1), (1, -0.1), (.nan, 0), (.infinity, 0), (1, 1e19)] {
      #expect(throws: MeanFieldError.self) {
        try MeanFieldTheory(activation: .tanh, weightVariance: weight, biasVariance: bias)
      }
    }
    for start in [-1, Double.nan, .infinity] {
      #expect(throws: MeanFieldError.self) {
        try MeanFieldTheory(activation: .tanh, weightVariance: 1, biasVariance: 0, startingVariance: start)
      }
    }
    // A closure that returns NaN, everywhere or beyond some argument, is refused with its name.
    let broken = Activation.custom(name: "broken", value: { _ in .nan }, derivative: { _ in .nan })
    let partly = Activation.custom(name: "partly", value: { $0.squareRoot() }, derivative: { 0.5 / $0.squareRoot() })
    for activation in [broken, partly] {
      do {
        _ = try MeanFieldTheory(activation: activation, weightVariance: 1, biasVariance: 0.1)
        Issue.record("\(activation) has no moments")
      } catch {
        #expect(error.description.contains(activation.description))
      }
    }
    // exp leaves Double at variance 100: growth without bound is an answer. Its moments are followed as far as they exist.
    let exponential = Activation.custom(name: "exp", value: { exp($0) }, derivative: { exp($0) })
    let growth = try MeanFieldTheory(activation: exponential, weightVariance: 1, biasVariance: 1)
    #expect(growth.phase == .divergent && growth.qStar == nil && !growth.chi1.isNaN && !growth.cStar.isNaN)
    // sin(50 x) beyond q = 1 or so is more than quadrature follows; the fixed point at small q is found all the same.
    let wave = Activation.custom(
      name: "wave", value: { $0 / (1 + $0 * $0) },
      derivative: { x in
        (1 - x * x) / ((1 + x * x) * (1 + x * x))
      })
    let theory = try MeanFieldTheory(activation: wave, weightVariance: 1.5, biasVariance: 0.05)
    #expect(theory.phase == .ordered && theory.chi1.isFinite)
  }
}
