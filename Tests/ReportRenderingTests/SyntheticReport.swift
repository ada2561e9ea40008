import Foundation
import SignalPropagation
import TestSupport

/// Reports made up for tests: what a network would give is written down as slopes, shapes and exceptions.
struct SyntheticRun {
  var name: String
  /// log10 of the second moment's growth per layer.
  var forward: Double
  var backward: Double
  /// Standard deviation of the weights; 0 for constant zero.
  var weightDeviation: Double
  var isUniform = false
  /// Every signal zero, as zero weights make it.
  var isZero = false
  /// From this layer on the activations are not finite.
  var nonFiniteFrom: Int?
  var deadFraction = 0.0
  var saturatedFraction = 0.0
  var spike = Spike.atZero

  enum Spike {
    case none, atZero, atEnds
  }
}

extension SplitMix {
  mutating func normal() -> Double {
    let u = Double.random(in: .leastNonzeroMagnitude...1, using: &self)
    return sqrt(-2 * log(u)) * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}

enum SyntheticReport {
  static func make(
    _ runs: [SyntheticRun], layers: Int, width: Int = 256, replicas: Int = 5, theory: Bool = false, seed: UInt64 = 1,
    command: String = "initscope audit", draws: Int = 4000
  ) -> AuditReport {
    var random = SplitMix(state: seed)
    let results = runs.map { run($0, layers: layers, width: width, replicas: replicas, theory: theory, draws, &random) }
    return AuditReport(
      tool: .init(name: "initscope", version: "0.1.0", command: command),
      environment: .init(
        threads: 2, blas: "oneDNN 2.6.3", peakMemoryBytes: 81_264_640, memoryLimitBytes: 4_294_967_296, seconds: 2.25),
      network: .init(
        name: "mlp", parameters: layers * width * width,
        layers: (1...layers).map {
          .init(
            index: $0, name: "dense_\($0)", kind: "dense", inputs: [$0 == 1 ? "input" : "dense_\($0 - 1)"],
            outputShape: [width], parameters: width * width, activation: $0 == layers ? "identity" : "relu")
        }),
      input: .init(
        source: "gaussian", scaling: "standardized", batch: 256, mean: nil, standardDeviation: nil, backward: "gaussian",
        isDrawn: true),
      seed: seed, seeds: replicas, runs: results)
  }

  private static func run(
    _ plan: SyntheticRun, layers: Int, width: Int, replicas: Int, theory: Bool, _ draws: Int,
    _ random: inout SplitMix
  ) -> InitializerRun {
    var walk = (forward: 0.0, backward: 0.0)
    // A random walk of the size that width 256 gives: variance 5/n a layer on the natural-log scale, over the replicas.
    let step = sqrt(5 / Double(width) / Double(replicas)) / log(10)
    var backwardWalk: [Double] = []
    for _ in 0..<layers {
      walk.backward += step * random.normal()
      backwardWalk.append(walk.backward)
    }
    let results = (1...layers).map { index in
      walk.forward += step * random.normal()
      let isFinite = plan.nonFiniteFrom.map { index < $0 } ?? true
      let forward = plan.isZero || !isFinite ? nil : plan.forward * Double(index) + walk.forward
      let backward =
        plan.isZero || plan.nonFiniteFrom != nil
        ? nil : plan.backward * Double(layers - index) + backwardWalk[layers - index]
      let half = { (depth: Int) in 2.776 * step * sqrt(Double(depth)) }
      let weights = WeightSummary(
        mean: 0, variance: plan.weightDeviation * plan.weightDeviation,
        expectedVariance: plan.weightDeviation * plan.weightDeviation,
        orthogonalityDefect: plan.weightDeviation > 0 ? 0.98 : nil, outliers: plan.weightDeviation > 0 ? 0 : nil,
        histogram: plan.weightDeviation > 0
          ? histogram(
            deviation: plan.weightDeviation, isUniform: plan.isUniform, spike: .none, rectified: false, draws, &random)
          : nil)
      let isHidden = index < layers
      func signal(_ log10: Double?, isActivation: Bool, depth: Int) -> SignalSummary {
        let moment = log10.map { pow(10, $0) } ?? (isFinite || !isActivation && plan.isZero ? 0 : .infinity)
        let deviation = sqrt(moment)
        return SignalSummary(
          count: 256 * width * replicas, mean: log10 == nil ? (moment == 0 ? 0 : .nan) : 0.3 * deviation, variance: moment,
          secondMoment: moment, log10SecondMoment: log10,
          interval: replicas > 1 ? log10.map { Interval(low: $0 - half(depth), high: $0 + half(depth)) } : nil,
          theory: nil,
          theoryLog10: theory && log10 != nil
            ? (isActivation ? plan.forward * Double(depth) : plan.backward * Double(depth)) : nil,
          skewness: log10 == nil ? nil : 0.5, kurtosis: log10 == nil ? nil : 1.25, min: -3 * deviation, max: 3 * deviation,
          nonFinite: moment.isFinite ? 0 : 1000,
          cosineSimilarity: log10 == nil ? nil : min(1 - 1e-9, 0.2 + 0.8 * (1 - exp(-Double(index) / 6))),
          histogram: log10.map { _ in
            histogram(
              deviation: deviation, isUniform: false, spike: isActivation && isHidden ? plan.spike : .none,
              rectified: isActivation && isHidden && plan.spike == .atZero, draws, &random)
          },
          float32: log10.map { $0 < -75 ? .underflows : $0 > 75 ? .overflows : .representable } ?? .representable,
          belowResolution: [], deadFraction: isActivation && isHidden ? (plan.isZero ? 1 : plan.deadFraction) : nil,
          saturatedFraction: isActivation && isHidden ? plan.saturatedFraction : nil,
          duplicateFraction: isActivation ? 0 : nil,
          spread: isActivation ? deviation : nil)
      }
      var weightGradient = signal(backward, isActivation: false, depth: layers - index)
      weightGradient.cosineSimilarity = nil
      weightGradient.toWeightRatio = backward == nil ? nil : 0.02
      return LayerResult(
        index: index, name: "dense_\(index)", kind: "dense", units: width, fanIn: width, fanOut: width, weights: weights,
        preactivation: {
          var summary = signal(forward, isActivation: true, depth: index)
          summary.deadFraction = nil
          summary.saturatedFraction = nil
          summary.duplicateFraction = nil
          summary.spread = nil
          return summary
        }(),
        activation: signal(forward, isActivation: true, depth: index),
        gradient: signal(backward, isActivation: false, depth: layers - index),
        preactivationGradient: signal(backward, isActivation: false, depth: layers - index), weightGradient: weightGradient)
    }
    let hasGrowth = layers > 3
    func growth(_ slope: Double) -> InitializerRun.Growth {
      .init(log10: slope + 0.003, interval: replicas > 1 ? Interval(low: slope - 0.02, high: slope + 0.026) : nil)
    }
    return InitializerRun(
      initializer: plan.name, activation: "relu", layers: results,
      forwardGrowth: hasGrowth && !plan.isZero && plan.nonFiniteFrom == nil ? growth(plan.forward) : nil,
      backwardGrowth: hasGrowth && !plan.isZero && plan.nonFiniteFrom == nil ? growth(plan.backward) : nil,
      lossAtInitialization: nil,
      calibration: plan.name == "lsuv" ? [.init(layer: "dense_1", attempts: 2, variance: 1.0004, converged: true)] : [])
  }

  /// So many draws in 64 bins.
  private static func histogram(
    deviation: Double, isUniform: Bool, spike: SyntheticRun.Spike, rectified: Bool, _ draws: Int,
    _ random: inout SplitMix
  ) -> Histogram {
    var values = (0..<draws).map { _ in
      isUniform ? Double.random(in: -sqrt(3.0)...sqrt(3.0), using: &random) : random.normal()
    }
    if rectified { values = values.map { max(0, $0) * sqrt(2) } }
    if spike == .atEnds { values = values.map { tanh(2.5 * $0) } }
    let low = values.min() ?? -1
    let high = values.max() ?? 1
    var counts = [Int](repeating: 0, count: 64)
    for value in values { counts[min(63, Int((value - low) / (high - low) * 64))] += 1 }
    return Histogram(edges: (0...64).map { (low + (high - low) * Double($0) / 64) * deviation }, counts: counts)
  }
}

extension SyntheticReport {
  /// The embedded default: nine initializers on 20 hidden layers and an output.
  static let standard = [
    SyntheticRun(name: "zeros", forward: 0, backward: 0, weightDeviation: 0, isZero: true),
    SyntheticRun(name: "normal(std=0.01)", forward: -1.893, backward: -1.893, weightDeviation: 0.01),
    SyntheticRun(name: "normal(std=1)", forward: 2.107, backward: 2.107, weightDeviation: 1),
    SyntheticRun(name: "glorot_uniform", forward: -0.301, backward: -0.301, weightDeviation: 0.0625, isUniform: true),
    SyntheticRun(name: "glorot_normal", forward: -0.301, backward: -0.301, weightDeviation: 0.0625),
    SyntheticRun(name: "he_uniform", forward: 0, backward: 0, weightDeviation: 0.0884, isUniform: true),
    SyntheticRun(name: "he_normal", forward: 0, backward: 0, weightDeviation: 0.0884),
    SyntheticRun(name: "orthogonal(gain=1.4142)", forward: 0, backward: 0, weightDeviation: 0.0884),
    SyntheticRun(name: "lsuv", forward: 0.01, backward: 0.02, weightDeviation: 0.09),
  ]

  /// Twelve with the longest names that the catalogue makes, vanishing to 1e-90, exploding to 1e+60, zero, non-finite.
  static let hard: [SyntheticRun] = [
    SyntheticRun(
      name: "variance_scaling(scale=2.25,mode=fan_in,distribution=normal)", forward: 0.05, backward: 0.05,
      weightDeviation: 0.094),
    SyntheticRun(
      name: "variance_scaling(scale=1,mode=fan_avg,distribution=truncated_normal)", forward: -0.3, backward: -0.3,
      weightDeviation: 0.0625),
    SyntheticRun(
      name: "torch.kaiming_uniform(a=2.23606797749979)", forward: -0.778, backward: -0.778, weightDeviation: 0.036,
      isUniform: true),
    SyntheticRun(name: "normal(std=1e-4)", forward: -4.5, backward: -4.5, weightDeviation: 1e-4),
    SyntheticRun(name: "normal(std=2.5)", forward: 3, backward: 3, weightDeviation: 2.5),
    SyntheticRun(name: "zeros", forward: 0, backward: 0, weightDeviation: 0, isZero: true),
    SyntheticRun(name: "normal(std=1e30)", forward: 62, backward: 62, weightDeviation: 1e30, nonFiniteFrom: 6),
    SyntheticRun(name: "keras.he_normal", forward: 0, backward: 0, weightDeviation: 0.0884, deadFraction: 0.04),
    SyntheticRun(
      name: "orthogonal(gain=1.7)", forward: 0.16, backward: 0.16, weightDeviation: 0.106, saturatedFraction: 0.4,
      spike: .atEnds),
    SyntheticRun(
      name: "lecun_uniform", forward: -0.301, backward: -0.301, weightDeviation: 0.0625, isUniform: true, spike: .none),
    SyntheticRun(name: "lsuv", forward: 0.01, backward: 0.02, weightDeviation: 0.09),
    SyntheticRun(
      name: "he_uniform(mode=fan_out,negative_slope=0.01)", forward: 0, backward: 0, weightDeviation: 0.0884, isUniform: true
    ),
  ]
}
