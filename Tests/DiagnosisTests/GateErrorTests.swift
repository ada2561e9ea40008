import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// The widths of what a gate compares: the error of each quantity, and the room that theory leaves. They are read from
/// violations, for which measured values are shifted far away.
@Suite struct GateErrorTests {
  /// A normal's two-sided quantile at 1e-6 (scipy.stats.norm.isf(5e-7)), and Student's with 4 degrees of freedom
  /// (scipy.stats.t.isf(5e-7, 4)) and at 0.05 (scipy.stats.t.isf(0.025, 4)).
  private static let normal = 4.891638475698591
  private static let student = 49.45863675693464
  private static let student95 = 2.7764451051977943
  /// Float's rounding of one unit, 64 inputs: 2^-23 sqrt(64) on a second moment, in decades.
  private static let rounding = 0x1p-23 * 8 / log(10)

  /// The violations of bounds, at a rate of 1e-6 for each comparison.
  private static func violations(
    _ bounds: [GateBound], _ configuration: AuditConfiguration, edit: (inout InitializerRun) -> Void
  ) throws -> (found: [GateViolation], run: InitializerRun) {
    var report = Diagnosis(of: configuration).examine(try Audit(configuration).run())
    edit(&report.runs[0])
    var all = GateBounds(rules: [RuleThreshold(NamePattern("*"), nil)])
    all.bounds = bounds
    let count = try Gate(all, configuration: configuration).evaluate(report).comparisons
    all.falseAlarmRate = 1e-6 * Double(count)
    return (try Gate(all, configuration: configuration).evaluate(report).violations, report.runs[0])
  }

  /// Half of an interval, and its centre, on the scale of log10.
  private static func decades(_ interval: Interval?) throws -> (half: Double, centre: Double) {
    let interval = try #require(interval)
    return ((log10(interval.high) - log10(interval.low)) / 2, (log10(interval.high) + log10(interval.low)) / 2)
  }

  private static func shift(_ signal: inout SignalSummary, by decades: Double = 2) {
    signal.log10SecondMoment = signal.log10SecondMoment.map { $0 + decades }
  }

  // MARK: Theory of chains

  /// The room of a chain: a tenth of the finite-width correction, and rounding in each layer on the way, which gradients
  /// come from the output.
  @Test(arguments: [GateTensor.activations, .gradients]) func theRoomGrowsWithTheWay(tensor: GateTensor) throws {
    let (found, run) = try Self.violations([GateBound(of: tensor, .secondMoment, .automatic)], GateTests.configuration()) {
      for index in $0.layers.indices {
        Self.shift(&$0.layers[index].activation)
        Self.shift(&$0.layers[index].gradient)
      }
    }
    #expect(found.count == (tensor == .gradients ? 4 : 5))
    for violation in found {
      let layer = try #require(run.layers.first { $0.name == violation.layer })
      let signal = tensor == .gradients ? layer.gradient : layer.activation
      let (half, centre) = try Self.decades(violation.bound)
      let predicted = try #require(signal.theoryLog10), infinite = try #require(signal.theory)
      // Five layers in all: the gradient of the first has come through five.
      let steps = Double(tensor == .gradients ? 6 - layer.index : layer.index)
      #expect(abs(half - 0.1 * abs(predicted - log10(infinite)) - steps * Self.rounding) < 1e-9, "\(violation)")
      #expect(abs(centre - predicted) < 1e-9)
    }
  }

  /// Weights that are given are one draw for all replicas, so that the error of a mean over five is that of one.
  @Test(arguments: [(false, 1.0), (true, 5.0.squareRoot())])
  func givenWeightsScatterAsOneDraw(isGiven: Bool, factor: Double) throws {
    var configuration = try GateTests.configuration()
    if isGiven {
      // +-sqrt(2 / 64) in turn: the variance that is declared.
      configuration.given.weights["dense_5"] = (0..<640).map { $0 % 2 == 0 ? 0.1767767 : -0.1767767 }
    }
    let (found, run) = try Self.violations([GateBound(of: .activations, .secondMoment, .automatic)], configuration) {
      Self.shift(&$0.layers[1].activation)
    }
    let violation = try #require(found.first { $0.layer == "dense_2" })
    let error = try #require(run.layers[1].activation.theoryStandardError)
    #expect(abs(try Self.decades(violation.interval).half / (error * factor * Self.normal) - 1) < 1e-6)
  }

  /// The growth that theory predicts is the slope of its values, and what is allowed is twice the last layer's part over
  /// three steps.
  @Test func theGrowthsRoomIsDividedByTheSteps() throws {
    let (found, run) = try Self.violations(
      [GateBound(of: .activations, .growthPerLayer, .automatic)], GateTests.configuration()
    ) {
      $0.forwardGrowth = InitializerRun.Growth(log10: 1, interval: Interval(low: 0.99, high: 1.01))
    }
    let violation = try #require(found.first), bound = try #require(violation.bound),
      interval = try #require(violation.interval)
    // Given with its 95% interval.
    #expect(abs((interval.high - interval.low) / 2 / (0.01 / Self.student95 * Self.student) - 1) < 1e-9)
    let values = try run.layers.prefix(4).map { try #require($0.activation.theoryLog10) }
    // Least squares through four points at -1.5, -0.5, 0.5, 1.5, whose squares sum to 5.
    let slope: Double = (1.5 * (values[3] - values[0]) + 0.5 * (values[2] - values[1])) / 5
    let last = 0.1 * abs(values[3] - log10(try #require(run.layers[3].activation.theory)))
    #expect(abs((bound.low + bound.high) / 2 - slope) < 1e-9)
    #expect(abs((bound.high - bound.low) / 2 - 2 * last / 3 - Self.rounding) < 1e-9)
  }

  /// Where the size of layer 3's sums varies too much for first order, activations before it are judged, those sums
  /// themselves, and gradients behind it.
  @Test(arguments: [
    (GateTensor.activations, ["dense_1", "dense_2"]), (.preactivations, ["dense_1", "dense_2", "dense_3"]),
    (.gradients, ["dense_4"]), (.preactivationGradients, ["dense_4", "dense_5"]),
  ])
  func secondOrderStopsOneSide(tensor: GateTensor, judged: [String]) throws {
    let configuration = try GateTests.configuration(.tanh, "lecun_normal")
    let (found, _) = try Self.violations([GateBound(of: tensor, .secondMoment, .automatic)], configuration) {
      $0.layers[2].preactivation.theoryStandardError = 1
      for index in $0.layers.indices {
        // Beyond five such errors, too.
        Self.shift(&$0.layers[index].activation, by: 20)
        Self.shift(&$0.layers[index].preactivation, by: 20)
        Self.shift(&$0.layers[index].gradient, by: 20)
        Self.shift(&$0.layers[index].preactivationGradient, by: 20)
      }
    }
    #expect(Set(found.compactMap(\.layer)) == Set(judged))
  }

  // MARK: Theory of other networks

  /// A mean of logarithms lies sigma^2 / 2 below the logarithm of a mean, in natural units, and the room is a layer's 1 /
  /// width for each on the way.
  @Test func aMeanOfLogarithmsLiesBelow() throws {
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .relu)
      Residual { Dense(64, activation: .relu) }
      Dense(10)
    }
    let configuration = AuditConfiguration(
      network: network, initializers: [.heNormal], batch: 64, replicas: 5, seed: 3, histograms: false)
    let half = 0.3
    let (found, run) = try Self.violations(
      [GateBound(layers: GateLayers("dense_2"), of: .activations, .secondMoment, .automatic)], configuration
    ) {
      // Ten thousand times theory's, so that an interval of 50 / 2.8 times 0.3 does not reach it.
      let value = 20.0
      $0.layers[1].activation.log10SecondMoment = value
      $0.layers[1].activation.interval = Interval(low: value - half, high: value + half)
    }
    let (room, centre) = try Self.decades(try #require(found.first).bound)
    let theory = try #require(run.layers[1].activation.theory)
    // The standard deviation of log10 in one replica.
    let deviation = half / Self.student95 * 5.0.squareRoot()
    #expect(abs(centre - (log10(theory) - deviation * deviation * log(10) / 2)) < 1e-9)
    #expect(abs(room - (2.0 / 64 / log(10) + 2 * Self.rounding)) < 1e-9)
  }

  // MARK: Weights

  /// Uniform weights on [0, 1): variance 1/12, mean 1/2, second moment 1/3. The variance of the second moment is
  /// `(2 sigma^4 + 4 mean^2 sigma^2) / n` over 64 x 64 x 5 draws.
  @Test func aSecondMomentOfDeclaredWeightsScattersWithTheirMean() throws {
    let configuration = try GateTests.configuration(.relu, "uniform(low=0,high=1)")
    let (found, _) = try Self.violations(
      [GateBound(layers: GateLayers("dense_2"), of: .weights, .secondMoment, .automatic)], configuration
    ) {
      $0.layers[1].weights?.mean = 5
    }
    let violation = try #require(found.first)
    // 2 / 144 + 4 (1/2)^2 / 12, over 64 x 64 x 5 draws; the second moment is 1/3.
    let variance: Double = (2.0 / 144 + 1.0 / 12) / 20480
    let error = variance.squareRoot() * 3 / log(10)
    #expect(abs(try Self.decades(violation.interval).half / (error * Self.normal) - 1) < 1e-9)
    let (room, centre) = try Self.decades(violation.bound)
    #expect(room < 1e-12 && abs(centre - log10(1.0 / 3)) < 1e-12)
  }

  /// Constant weights have the square of their value as second moment, and no variance.
  @Test(arguments: [0.25, 0.1, -3, 0]) func constantWeightsKeepTheirSecondMoment(value: Double) throws {
    let configuration = try GateTests.configuration(.tanh, "constant(value=\(value))")
    let bounds = [GateQuantity.secondMoment, .variance, .std, .mean].map { GateBound(of: .weights, $0, .automatic) }
    #expect(try Self.violations(bounds, configuration) { _ in }.found.isEmpty)
    let (found, _) = try Self.violations(bounds, configuration) { $0.layers[1].weights?.mean = value + 0.01 }
    #expect(Set(found.map(\.subject)) == ["secondMoment of weights", "mean of weights"])
  }

  /// A written bound on the second moment of weights: errors of its parts, `2 |mean| d mean` and the variance's.
  @Test func aSecondMomentOfWeightsCountsTheMeanTwice() throws {
    let configuration = try GateTests.configuration(.relu, "uniform(low=0,high=1)")
    let (found, run) = try Self.violations(
      [GateBound(layers: GateLayers("dense_2"), of: .weights, .secondMoment, .range(low: 1e6, high: 1e7))], configuration
    ) { _ in }
    let weights = try #require(run.layers[1].weights), scatter = try #require(weights.scatter)
    let size = weights.variance + weights.mean * weights.mean
    let spread: Double = try #require(scatter.log10VarianceError) * weights.variance / size
    let shift: Double = 2 * weights.mean * (try #require(scatter.mean)) / size / log(10)
    let error = spread + shift
    #expect(abs(try Self.decades(try #require(found.first).interval).half / (error * Self.student) - 1) < 1e-9)
  }

  /// The mean of a rectified signal does not vary, so that theory's relative error of the second moment is that of a smaller
  /// variance: m2 / variance times as large, about pi / (pi - 1) behind ReLU.
  @Test func aVarianceVariesMoreThanItsSecondMoment() throws {
    let (found, run) = try Self.violations(
      [GateBound(layers: GateLayers("dense_2"), of: .activations, .variance, .range(low: 1e6, high: 1e7))],
      GateTests.configuration()
    ) { $0.layers[1].activation.scatter?.log10VarianceError = 1e-9 }
    let signal = run.layers[1].activation, part = signal.secondMoment / signal.variance
    #expect(abs(part - Double.pi / (Double.pi - 1)) < 0.1)
    let error = try #require(signal.theoryStandardError) * part
    #expect(abs(try Self.decades(try #require(found.first).interval).half / (error * Self.normal) - 1) < 1e-9)
  }
}
