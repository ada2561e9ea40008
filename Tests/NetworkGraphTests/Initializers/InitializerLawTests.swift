import NetworkGraph
import Testing

/// Laws against closed forms, and the dialects against what PyTorch's and Keras's own code computes.
@Suite struct InitializerLawTests {
  // Formulas are evaluated in another order: a few units in the last place of a Double.
  static let rounding = 1e-14

  @Test(arguments: shapesOfUnequalFans)
  func fanSchemesHaveTheirVariance(shape: WeightShape) throws {
    let fanIn = Double(shape.columns), fanOut = Double(shape.outputs / shape.groups * shape.receptiveField)
    let expected: [(String, Double)] = [
      ("glorot_normal", 2 / (fanIn + fanOut)), ("glorot_uniform(gain=3)", 18 / (fanIn + fanOut)),
      ("he_normal", 2 / fanIn), ("he_uniform", 2 / fanIn), ("he_normal(mode=fan_out)", 2 / fanOut),
      ("he_uniform(slope=2,mode=fan_avg)", 0.8 / (fanIn + fanOut)), ("lecun_normal", 1 / fanIn),
      ("lecun_uniform(gain=2,mode=fan_out)", 4 / fanOut), ("variance_scaling(2.25)", 2.25 / fanIn),
      ("variance_scaling(scale=2.25,mode=fan_out,distribution=uniform)", 2.25 / fanOut),
      ("variance_scaling(scale=2.25,mode=fan_avg,distribution=truncated_normal)", 4.5 / (fanIn + fanOut)),
    ]
    for (text, variance) in expected {
      let law = try Initializer(parsing: text).law(for: shape)
      #expect(nearlyEqual(law.variance(shape), variance, relative: Self.rounding), "\(text)")
      #expect(law.mean(shape) == 0, "\(text)")
    }
  }

  /// A uniform's bound is sqrt(3) deviations, a corrected truncated normal's two of its parent's.
  @Test func boundsFollowFromTheVariance() {
    let shape = WeightShape(outputs: 20, inputs: 25)
    let uniform = Initializer.heUniform.law(for: shape).bounds(shape)
    #expect(nearlyEqual(uniform?.upperBound, (6.0 / 25).squareRoot(), relative: Self.rounding))
    let truncated = Initializer.varianceScaling(scale: 2, distribution: .truncatedNormal).law(for: shape).bounds(shape)
    #expect(
      nearlyEqual(truncated?.upperBound, 2 * (2.0 / 25).squareRoot() / 0.87962566103423978, relative: Self.rounding))
    #expect(Initializer.heNormal.law(for: shape).bounds(shape) == -Double.infinity ... .infinity)
  }

  /// InitScope's own normal is not truncated, Keras's is.
  @Test func onlyKerasTruncatesItsNormals() throws {
    let shape = WeightShape(outputs: 20, inputs: 25)
    #expect(Initializer.heNormal.law(for: shape) == .normal(mean: 0, std: (2.0 / 25).squareRoot()))
    guard case .truncatedNormal(_, let std, _, _) = try Initializer(parsing: "keras.he_normal").law(for: shape) else {
      Issue.record("keras.he_normal is not truncated")
      return
    }
    #expect(nearlyEqual(std * 0.87962566103423978, (2.0 / 25).squareRoot(), relative: Self.rounding))
  }

  /// Reference case 5: VarianceScaling(scale 2) on Keras's (25, 20).
  @Test(arguments: [("fan_in", 0.282843), ("fan_out", 0.316228)])
  func fanInAndFanOutAreToldApart(mode: String, std: Double) throws {
    let shape = WeightShape(outputs: 20, inputs: 25)
    for prefix in ["", "keras."] {
      let law = try Initializer(parsing: "\(prefix)variance_scaling(scale=2,mode=\(mode))").law(for: shape)
      // The case gives six decimals.
      #expect(abs(try #require(law.standardDeviation(shape)) - std) < 5e-7)
    }
  }

  /// Reference case 3: nn.Linear's default has variance 1 / (3 fanIn), and so has its bias.
  @Test func linearDefaultIsAThirdOfLeCun() throws {
    let shape = WeightShape(outputs: 20, inputs: 25)
    let law = Initializer.torchLinearDefault.law(for: shape)
    #expect(nearlyEqual(law.variance(shape), 1.0 / 75, relative: Self.rounding))
    #expect(nearlyEqual(law.bounds(shape)?.upperBound, 1.0 / 5, relative: Self.rounding))
    #expect(law == Initializer.torchLinearBias.law(for: shape))
    let spelled = try Initializer(parsing: "torch.kaiming_uniform(a=\(5.0.squareRoot()))").law(for: shape)
    #expect(nearlyEqual(spelled.variance(shape), law.variance(shape), relative: Self.rounding))
  }

  @Test func dialectsDrawWhatTheirFrameworksDraw() throws {
    let fixture: InitializerFixture.FrameworkLaws = try InitializerFixture.load("framework_laws")
    #expect(fixture.laws.count == 324)
    for expected in fixture.laws {
      let text = expected.initializer
      let initializer = try expected.bias ? Initializer(parsingBias: text) : Initializer(parsing: text)
      let place = "\(text) in \(expected.shape)"
      let numbers: (kind: String, mean: Double?, std: Double?, low: Double?, high: Double?)
      switch initializer.law(for: expected.shape) {
      case .uniform(let low, let high): numbers = ("uniform", nil, nil, low, high)
      case .normal(let mean, let std): numbers = ("normal", mean, std, nil, nil)
      case .truncatedNormal(let mean, let std, let low, let high): numbers = ("truncatedNormal", mean, std, low, high)
      case let law:
        Issue.record("\(place) gives \(law)")
        continue
      }
      #expect(numbers.kind == expected.law.kind, "\(place)")
      #expect(nearlyEqual(numbers.mean, expected.law.mean, relative: Self.rounding), "\(place)")
      #expect(nearlyEqual(numbers.std, expected.law.std, relative: Self.rounding), "\(place)")
      #expect(nearlyEqual(numbers.low, expected.law.low, relative: Self.rounding), "\(place)")
      #expect(nearlyEqual(numbers.high, expected.law.high, relative: Self.rounding), "\(place)")
    }
  }

  @Test func gainsAreTorchs() throws {
    let fixture: InitializerFixture.FrameworkLaws = try InitializerFixture.load("framework_laws")
    #expect(fixture.gains.count == 15)
    let shape = WeightShape(outputs: 1, inputs: 1)
    for expected in fixture.gains {
      let name = expected.nonlinearity
      let gain = try expected.slope.map { try Gain.torch(name, slope: $0) } ?? Gain.torch(name)
      #expect(nearlyEqual(gain, expected.gain, relative: Self.rounding))
      // The initializers take the same names; their slope is `a`.
      let text = "torch.kaiming_normal(nonlinearity=\(name),a=\(expected.slope ?? 0.01))"
      let deviation = try Initializer(parsing: text).law(for: shape).standardDeviation(shape)
      #expect(nearlyEqual(deviation, expected.gain, relative: Self.rounding), "\(text)")
    }
  }

  /// ceil(s * rows) zeros in each column.
  @Test(arguments: [(0.1, 3, 1), (0.5, 3, 2), (0, 3, 0), (1, 3, 3), (0.9, 20, 18)])
  func sparseRoundsUp(fraction: Double, rows: Int, zeros: Int) throws {
    let shape = WeightShape(outputs: rows, inputs: 5)
    let law = Initializer.sparse(fraction: fraction).law(for: shape)
    #expect(law == .sparse(zerosPerColumn: zeros, std: 0.01))
    #expect(try Initializer(parsing: "torch.sparse(\(fraction))").law(for: shape) == law)
    let kept = Double(rows - zeros) / Double(rows)
    #expect(nearlyEqual(law.variance(shape), kept * 1e-4, relative: Self.rounding))
  }
}
