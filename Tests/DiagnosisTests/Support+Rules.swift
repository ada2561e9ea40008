import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation

/// A run made up for a rule: signals written down as slopes, and a context to judge them in.
struct MadeUpRun {
  var run: InitializerRun
  var context: RuleContext

  /// - Parameters:
  ///   - depth: Hidden layers.
  ///   - forward: log10 of the growth per layer; `backward` likewise, from the output down.
  ///   - halfWidth: Of the 95% intervals of both; nil for one replica.
  ///   - initializer: What the weights are declared to follow; the measured ones have variance 1 / width.
  init(
    depth: Int = 11, width: Int = 64, _ activation: Activation = .tanh, forward: Double = 0, backward: Double = 0,
    halfWidth: Double? = 0.001, replicas: Int = 5, backwardSource: BackwardSource = .gaussian,
    initializer: String = "lecun_normal", bias: String? = nil, edit: (inout InitializerRun) -> Void = { _ in }
  ) throws {
    let network = try Examined.mlp(depth: depth, width: width, activation, bias: bias)
    let layers = network.nodes.enumerated().map { place, node in
      let (up, down) = (forward * Double(place), backward * Double(depth - 1 - place))
      return LayerResult(
        index: place + 1, name: node.name, kind: "dense", units: node.shape.count, fanIn: width, fanOut: width,
        weights: WeightSummary(
          mean: 0, variance: 1 / Double(width), expectedVariance: 1 / Double(width), orthogonalityDefect: nil, outliers: 0,
          histogram: nil),
        preactivation: .made(up), activation: .made(up), gradient: .made(down), preactivationGradient: .made(down),
        weightGradient: .made(down))
    }
    func growth(_ slope: Double) -> InitializerRun.Growth {
      .init(log10: slope, interval: halfWidth.map { Interval(low: slope - $0, high: slope + $0) })
    }
    run = InitializerRun(
      initializer: initializer, activation: activation.description, layers: layers, forwardGrowth: growth(forward),
      backwardGrowth: growth(backward), lossAtInitialization: nil, calibration: [])
    edit(&run)
    var input = AuditReport.Input(
      source: "gaussian", scaling: "standardized", batch: 64, mean: nil, standardDeviation: nil,
      backward: backwardSource.rawValue, isDrawn: true)
    input.cosineSimilarity = 0
    context = RuleContext(
      network: network,
      assignment: try InitializerAssignment(initializer: try Initializer(parsing: initializer), network: network),
      input: input, replicas: replicas, backward: backwardSource)
  }

  func findings(_ rule: any Rule) -> [Finding] { rule.findings(in: run, context) }
}

extension SignalSummary {
  /// A healthy signal of that mean square.
  static func made(_ log10SecondMoment: Double) -> SignalSummary {
    let m2 = pow(10, log10SecondMoment)
    return SignalSummary(
      count: 4096, mean: 0, variance: m2, secondMoment: m2, log10SecondMoment: log10SecondMoment, interval: nil,
      skewness: 0, kurtosis: 0, min: -3 * m2.squareRoot(), max: 3 * m2.squareRoot(), nonFinite: 0, cosineSimilarity: 0.1,
      histogram: nil, deadFraction: 0, saturatedFraction: 0, duplicateFraction: 0, spread: m2.squareRoot())
  }
}

extension Finding {
  func number(_ key: String) -> Double? { if case .number(let value) = evidence[key] { value } else { nil } }
  func text(_ key: String) -> String? { if case .text(let value) = evidence[key] { value } else { nil } }
}

extension Examined {
  /// Networks that are known to train, of several activations and forms.
  static func healthy(_ body: (InitializerRun) throws -> Void) throws {
    let cases: [(Activation, String)] = [
      (.relu, "he_normal"), (.relu, "orthogonal(gain=1.4142)"), (.tanh, "lecun_normal"), (.selu, "lecun_normal"),
      (.gelu, "he_normal"), (.relu, "lsuv"),
    ]
    for (index, (activation, initializer)) in cases.enumerated() {
      try body(try run(try mlp(depth: 8, width: 96, activation), initializer, seed: UInt64(index)))
    }
    for scheme in ["fixup", "skipinit", "zero_last"] {
      let network = try Network(input: .features(32)) {
        Dense(32, activation: .relu)
        for _ in 0..<4 {
          Residual(hasGain: true) {
            Dense(32, activation: .relu)
            Dense(32)
          }
        }
        Dense(10)
      }
      try body(try run(network, scheme))
    }
    let normalized = try Network(input: .features(48)) {
      for _ in 0..<6 {
        Dense(48)
        BatchNorm(activation: .relu)
      }
      Dense(10)
    }
    try body(try run(normalized, "he_normal"))
  }
}
