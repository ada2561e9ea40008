import NetworkGraph
import Testing

@Suite struct WeightLawMomentsTests {
  static let shape = WeightShape(outputs: 1, inputs: 1)

  @Test func truncatedNormalsHaveTheirExactMoments() throws {
    let fixture: InitializerFixture.TruncatedNormals = try InitializerFixture.load("truncated_normal")
    #expect(fixture.moments.count == 15)
    for expected in fixture.moments {
      // A parent other than the standard normal: location and scale must pass through.
      let mean = 0.5, std = 4.0
      let law = WeightLaw.truncatedNormal(
        mean: mean, std: std, low: mean + std * expected.low, high: mean + std * expected.high)
      // The bounds' own rounding moves the moments of the narrow interval [1, 1.0001] by 1e-12 of its width.
      #expect(nearlyEqual(law.mean(Self.shape), mean + std * expected.mean, relative: 1e-13), "\(expected)")
      #expect(nearlyEqual(law.variance(Self.shape), std * std * expected.variance, relative: 1e-11), "\(expected)")
    }
  }

  /// Reference case 2: the deviation at +-2, and torch's N(0,1) on [2,3].
  @Test func referenceTruncations() throws {
    let symmetric = WeightLaw.truncatedNormal(mean: 0, std: 1, low: -2, high: 2)
    #expect(nearlyEqual(symmetric.standardDeviation(Self.shape), 0.87962566103423978, relative: 1e-14))
    #expect(WeightLaw.truncatedAtTwoDeviation == 0.87962566103423978)
    let tail = try Initializer(parsing: "torch.trunc_normal(a=2,b=3)").law(for: Self.shape)
    // Six decimals are given.
    #expect(abs(try #require(tail.mean(Self.shape)) - 2.315821) < 5e-7)
    #expect(abs(try #require(tail.standardDeviation(Self.shape)) - 0.248034) < 5e-7)
  }

  /// Reference case 9's cause: absolute bounds a hundred deviations out do not truncate at all.
  @Test func absoluteBoundsFarOutLeaveTheNormalWhole() throws {
    let law = try Initializer(parsing: "torch.trunc_normal(std=0.02)").law(for: Self.shape)
    #expect(nearlyEqual(law.standardDeviation(Self.shape), 0.02, relative: 1e-14))
    #expect(law.bounds(Self.shape) == -2...2)
  }

  @Test func structuredLawsAverageOverTheirEntries() {
    let dense = WeightShape(outputs: 20, inputs: 25)
    #expect(nearlyEqual(WeightLaw.orthogonal(gain: 2, transposed: false).variance(dense), 4.0 / 25, relative: 1e-14))
    let tall = WeightShape(outputs: 20, inputs: 2, taps: [2])
    #expect(nearlyEqual(WeightLaw.orthogonal(gain: 2, transposed: true).variance(tall), 4.0 / 20, relative: 1e-14))
    // 20 of 500 entries are 3: mean 0.12, mean square 0.36.
    #expect(nearlyEqual(WeightLaw.identity(gain: 3).mean(dense), 0.12, relative: 1e-14))
    #expect(nearlyEqual(WeightLaw.identity(gain: 3).variance(dense), 0.36 - 0.0144, relative: 1e-14))
    // min(4, 2) channels in each of 2 groups, among 8 * 2 * 9 entries.
    let grouped = WeightShape(outputs: 8, inputs: 4, taps: [3, 3], groups: 2)
    #expect(nearlyEqual(WeightLaw.dirac.mean(grouped), 4.0 / 144, relative: 1e-14))
    // Two groups of 4 x 2 orthonormal columns: the squares of each group sum to 2.
    #expect(nearlyEqual(WeightLaw.deltaOrthogonal(gain: 3).variance(grouped), 9 * 4.0 / 144, relative: 1e-14))
    #expect(WeightLaw.deltaOrthogonal(gain: -3).bounds(grouped) == -3...3)
    #expect(WeightLaw.identity(gain: -3).bounds(dense) == -3...0)
  }

  /// Scaling a law by a power of two scales its moments exactly, far outside Float's range too.
  @Test(arguments: shapesOfUnequalFans)
  func scalingIsExact(shape: WeightShape) {
    let laws: [WeightLaw] = [
      .constant(0.3), .normal(mean: 0.1, std: 0.7), .uniform(low: -0.3, high: 0.9),
      .truncatedNormal(mean: 0.1, std: 0.5, low: -0.2, high: 1), .orthogonal(gain: 1.4, transposed: false),
      .identity(gain: 1.4), .sparse(zerosPerColumn: 2, std: 0.4), .dirac, .deltaOrthogonal(gain: 0.6),
    ]
    for law in laws {
      let scaled = law.scaled(by: 0x1p-200)
      #expect(scaled.mean(shape) == law.mean(shape).map { $0 * 0x1p-200 }, "\(law)")
      #expect(scaled.standardDeviation(shape) == law.standardDeviation(shape).map { $0 * 0x1p-200 }, "\(law)")
      #expect(scaled.rootMeanSquare(shape) == law.rootMeanSquare(shape).map { $0 * 0x1p-200 }, "\(law)")
    }
    #expect(WeightLaw.dataDependent(.withinLayer).scaled(by: 2) == .dataDependent(.withinLayer))
  }

  @Test(arguments: [
    (WeightLaw.normal(mean: 0, std: 0.0625), "N(0, 0.0625^2)"), (.uniform(low: -0.1, high: 0.1), "U[-0.1, 0.1)"),
    (.normal(mean: 0, std: 1e-30), "N(0, 1e-30^2)"), (.constant(1.0 / 3), "all 0.333333"),
    (.truncatedNormal(mean: 0, std: 1, low: -2, high: 2), "N(0, 1^2) on [-2, 2]"),
    (.orthogonal(gain: 2.0.squareRoot(), transposed: false), "1.41421 * orthogonal"),
    (.sparse(zerosPerColumn: 18, std: 0.01), "N(0, 0.01^2) with 18 zeros a column"),
  ])
  func lawsReadWell(law: WeightLaw, text: String) {
    #expect(law.distribution == text)
  }

  /// Reference case 4: fans of grouped, transposed and packed operations.
  @Test func fansCountWhatIsConnected() {
    let depthwise = WeightShape(outputs: 4, inputs: 4, taps: [3, 3], groups: 4)
    #expect(depthwise.fans == Fans(fanIn: 9, fanOut: 9))
    #expect(depthwise.torchFans == Fans(fanIn: 9, fanOut: 36))
    #expect(WeightShape(outputs: 32, inputs: 16, taps: [3, 3]).fans.fanIn == 144)
    #expect(WeightShape(outputs: 16, inputs: 16, taps: [3, 3], groups: 16).fans.fanIn == 9)
    #expect(WeightShape(outputs: 32, inputs: 32, taps: [3, 3], groups: 4).fans.fanIn == 72)
    #expect(WeightShape(outputs: 192, inputs: 64).fans.fanIn == 64)
    #expect(WeightShape(outputs: 8 * 64, inputs: 512).fans == Fans(fanIn: 512, fanOut: 512))
    #expect(WeightShape(outputs: 64, inputs: 512 * 8).fans == Fans(fanIn: 4096, fanOut: 64))
  }
}
