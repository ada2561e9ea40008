import Foundation
import MeanField
import NetworkGraph
import SignalPropagation
import Testing

/// Normalized and residual networks, audited, against what the literature and the theory of graphs say.
///
/// Bounds: each replica gives one slope; their mean lies within t(15) = 7.91 of its standard errors at a false-alarm rate of
/// 1e-6, over 16 replicas. Finite width n and batch b move a layer's factor by at most 5/n (kurtosis of relu) and 6/b (3/b
/// of an estimated variance's inverse, 2/b of the gradient's projections, 1/b of the samples' opposition).
@Suite struct NormalizedTheoryTests {
  private static let replicas = 16, t15 = 7.91

  /// Per replica, the natural logarithm of the second moment of the layers of a kind.
  private func logarithms(
    _ network: Network, _ initializer: Initializer, kind: String, batch: Int, gradient: Bool
  ) throws -> [[Double]] {
    try (0..<Self.replicas).map { replica in
      let report = try Audit(
        AuditConfiguration(
          network: network, initializers: [initializer], batch: batch, replicas: 1, seed: UInt64(100 + replica),
          histograms: false)
      ).run()
      return try report.runs[0].layers.filter { $0.kind == kind }.map {
        try #require((gradient ? $0.gradient : $0.activation).log10SecondMoment) * log(10)
      }
    }
  }

  private func check(_ values: [Double], _ expected: Double, bias: Double, _ what: String) {
    let n = Double(values.count), mean = values.reduce(0, +) / n
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
    #expect(
      abs(mean - expected) < Self.t15 * deviation / n.squareRoot() + bias,
      "\(what): \(mean) for \(expected) +- \(deviation)")
  }

  /// Yang 2019: a batch-normalized ReLU layer multiplies squared gradients by pi / (pi - 1) = 1.467, whatever the weights.
  @Test func batchNormalizationExplodesByItsFactor() throws {
    let width = 256, batch = 512, depth = 8
    let network = try Network(input: .features(width)) {
      for _ in 0..<depth {
        Dense(width)
        BatchNorm(activation: .relu)
      }
      Dense(width)
    }
    let slopes = try logarithms(network, .heNormal, kind: "batch_norm", batch: batch, gradient: true).map {
      ($0[0] - $0[depth - 1]) / Double(depth - 1)
    }
    check(slopes, log(.pi / (.pi - 1)), bias: 5 / Double(width) + 6 / Double(batch), "gradient")
  }

  /// Weights a thousand times as large change nothing forward, and the gradient of each layer's weights by as much.
  @Test func batchNormalizationIsScaleFree() throws {
    let network = try Network(input: .features(64)) {
      for _ in 0..<4 {
        Dense(64)
        BatchNorm(activation: .relu)
      }
      Dense(10, weights: .lecunNormal)
    }
    let runs = try Audit(
      AuditConfiguration(network: network, initializers: [.normal(std: 1), .normal(std: 1000)], batch: 64, replicas: 2)
    ).run().runs
    for (a, b) in zip(runs[0].layers, runs[1].layers) where a.kind != "dense" || a.name == "dense_5" {
      // Epsilon is 1e-5 of a variance of about 64 and of 64e6, and Float's rounding differs.
      #expect(abs(b.activation.secondMoment / a.activation.secondMoment - 1) < 1e-5, "\(a.name)")
      #expect(abs(b.gradient.secondMoment / a.gradient.secondMoment - 1) < 1e-4, "\(a.name)")
    }
    for (a, b) in zip(runs[0].layers, runs[1].layers) where a.kind == "dense" && a.name != "dense_5" {
      let ratio = try #require(b.weightGradient?.log10SecondMoment) - #require(a.weightGradient?.log10SecondMoment)
      #expect(abs(ratio + 6) < 1e-4, "\(a.name)")
    }
  }

  /// Pre-normalized blocks add 2 each under He: the sum after k blocks is 1 + 2 k where the stem makes 1.
  @Test func preNormalizedSumsGrowLinearly() throws {
    let width = 256, depth = 12
    let network = try Network(input: .features(width)) {
      Dense(width, weights: .lecunNormal)
      for _ in 0..<depth {
        Residual {
          LayerNorm()
          Dense(width, activation: .relu)
          Dense(width)
        }
      }
      Dense(width)
    }
    let all = try logarithms(network, .heNormal, kind: "add", batch: 64, gradient: false)
    for block in [1, 4, 12] {
      check(all.map { $0[block - 1] }, log(Double(1 + 2 * block)), bias: 5 / Double(width), "block \(block)")
    }
  }

  /// Blocks that end linear double where the branch keeps the signal; x + relu(W x) under He grows by theory's factors,
  /// 2.75 in the geometric mean over the first 12 blocks.
  @Test func sumsWithoutNormalizationGrowGeometrically() throws {
    let width = 256, depth = 12
    let linear = try Network(input: .features(width)) {
      Dense(width, weights: .lecunNormal)
      for _ in 0..<depth {
        Residual {
          Dense(width, activation: .relu)
          Dense(width, weights: .lecunNormal)
        }
      }
      Dense(width)
    }
    let doubling = try logarithms(linear, .heNormal, kind: "add", batch: 64, gradient: false)
    check(doubling.map { ($0[depth - 1] - $0[0]) / Double(depth - 1) }, log(2), bias: 5 / Double(width), "linear ends")

    let rectified = try Network(input: .features(width)) {
      Dense(width, weights: .lecunNormal)
      for _ in 0..<depth { Residual { Dense(width, activation: .relu) } }
      Dense(width)
    }
    func layer(_ activation: Activation, _ scale: Double) -> ChainLayer {
      ChainLayer(fanIn: width, units: width, weightVariance: scale / Double(width), activation: activation)
    }
    var graph = [GraphNode(.layer(layer(.identity, 1)), inputs: [nil])]
    for _ in 0..<depth {
      graph.append(GraphNode(.layer(layer(.relu, 2)), inputs: [graph.count - 1]))
      graph.append(GraphNode(.sum, inputs: [graph.count - 2, graph.count - 1]))
    }
    let theory = try GraphPrediction(graph, input: .gaussian(features: width, batch: 64)).nodes
    let factor = log(theory[2 * depth].activation) / Double(depth)
    #expect(abs(exp(factor) - 2.75) < 0.005)
    let growing = try logarithms(rectified, .heNormal, kind: "add", batch: 64, gradient: false)
    check(growing.map { $0[depth - 1] / Double(depth) }, factor, bias: 5 / Double(width), "rectified branches")
  }

  /// Theory stands beside every signal of normalized, residual and gained networks.
  ///
  /// At most 500 comparisons at 1.25e-6 together: 2.5e-9 each, t(15) = 12.5, of which the 95% interval holds 2.131. A mean
  /// of logarithms lies half a variance, 5/n at most, below the logarithm of the mean, and what batch normalization
  /// estimates from b samples is off by (3 - 2)/b: both once for each of the layers that a signal passes.
  @Test(arguments: [
    ("batch", false, "he_normal"), ("layer", false, "glorot_uniform"), ("layer", true, "he_normal"),
    ("batch", true, "fixup"), ("none", true, "skipinit"), ("layer", true, "zero_last"), ("none", false, "krahenbuhl"),
  ])
  func theoryStandsBesideNormalizedNetworks(norm: String, residual: Bool, initializer: String) throws {
    let width = 512, batch = 256, depth = 6
    var options = PresetOptions(depth: depth, width: width, inputs: width, outputs: width)
    options.normalization = try #require(.init(rawValue: norm))
    options.branchGain = residual
    let network = try (residual ? Preset.residualMLP : Preset.mlp).make(options)
    let run = try Examined.run(network, initializer, batch: batch, replicas: Self.replicas)
    let passed = Double(2 * depth + 2), bias = passed * (2.5 / Double(width) + 1 / Double(batch)) / log(10)
    var compared = 0
    for layer in run.layers {
      for (kind, summary) in [
        ("preactivation", layer.preactivation), ("activation", layer.activation), ("gradient", layer.gradient),
        ("preactivationGradient", layer.preactivationGradient),
      ] {
        let theory = try #require(summary.theory, "\(layer.name) \(kind)")
        guard let measured = summary.log10SecondMoment, let interval = summary.interval else {
          #expect(summary.secondMoment == 0 && theory == 0, "\(layer.name) \(kind)")
          continue
        }
        let deviation = (interval.high - interval.low) / 2 / 2.131
        #expect(
          abs(measured - log10(theory)) < 12.5 * deviation + bias,
          "\(layer.name) \(kind): \(measured), \(log10(theory)) +- \(deviation)")
        compared += 1
      }
    }
    #expect(compared > 20)
  }
}
