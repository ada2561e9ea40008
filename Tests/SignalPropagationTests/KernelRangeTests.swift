import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Signals far outside Float's range through layers that run by kernels.
@Suite struct KernelRangeTests {
  /// Convolutions, pools, dropout and flattening are homogeneous: a deviation 2^k times as large moves log10 m2 by
  /// 2 k log10(2) a layer with weights, and powers of two change no mantissa.
  @Test(arguments: [-15, -4, 4, 15])
  func homogeneousLayersScaleExactly(k: Int) throws {
    let network = try Network(input: .image(channels: 3, height: 12, width: 12)) {
      for _ in 0..<10 { Conv2D(6, kernel: 3, padding: .same, activation: .relu) }
      MaxPool(2)
      Dropout(0.25)
      for _ in 0..<10 { Conv2D(6, kernel: 3, padding: .same, activation: .leakyReLU(slope: 0.1)) }
      AveragePool(2)
      Conv2D(5, kernel: 3, padding: .same)
      GlobalAveragePool()
      Dense(4)
    }
    // Inputs and cotangents are the same, and so are the draws of one family.
    let std = 0.25, factor = Double(sign: .plus, exponent: k, significand: 1)
    let runs = try Audit(
      AuditConfiguration(
        network: network, initializers: [.normal(std: std), .normal(std: std * factor)], batch: 4, replicas: 2, seed: 5)
    ).run().runs
    let total = network.nodes.count { !$0.parameters.isEmpty }
    var passed = 0
    for (index, (plain, scaled)) in zip(runs[0].layers, runs[1].layers).enumerated() {
      let weighs = !network.nodes[index].parameters.isEmpty
      let shift = 2 * Double(k) * log10(2.0)
      passed += weighs ? 1 : 0
      let forward = try #require(scaled.activation.log10SecondMoment) - #require(plain.activation.log10SecondMoment)
      let backward = try #require(scaled.gradient.log10SecondMoment) - #require(plain.gradient.log10SecondMoment)
      // Double's rounding of the logarithm.
      #expect(agree(forward, shift * Double(passed), relative: 1e-9), "\(plain.name) forward")
      #expect(agree(backward, shift * Double(total - passed), relative: 1e-9, absolute: 1e-9), "\(plain.name) backward")
      if weighs {
        let before = try #require(plain.weightGradient?.log10SecondMoment)
        let after = try #require(scaled.weightGradient?.log10SecondMoment)
        #expect(agree(after - before, shift * Double(total - 1), relative: 1e-9), "\(plain.name) weights")
      }
      #expect(scaled.activation.nonFinite == 0 && scaled.gradient.nonFinite == 0)
    }
    if k == 15 { #expect(try #require(runs[1].layers.last?.activation.log10SecondMoment) > 180) }
  }

  /// A normalization takes any scale away and hands the gradient its inverse.
  @Test(arguments: [false, true], [40, 130, 400])
  func normalizationsAreScaleFree(overBatch: Bool, k: Int) throws {
    let factor = Double(sign: .plus, exponent: k, significand: 1)
    func run(_ std: Double) throws -> (run: InitializerRun, tensors: Harness.Tensors) {
      let norm: any NetworkPart = overBatch ? BatchNorm(activation: .tanh) : LayerNorm(activation: .tanh)
      let network = try Network(input: .features(20)) {
        // Two factors, for one initializer's deviation ends at 1e100.
        Dense(30, weights: .normal(std: std))
        Dense(24, weights: .normal(std: std))
        norm
        Dense(5, weights: .lecunNormal)
      }
      let (report, tensors) = try Harness.tapped(
        AuditConfiguration(network: network, initializers: [.zeros], batch: 16, replicas: 1, seed: 8))
      return (report.runs[0], tensors)
    }
    let root = Double(sign: .plus, exponent: k / 2, significand: 1)
    // Large enough already that epsilon is below Float's resolution beside the variance of about 600.
    let plain = try run(1), scaled = try run(root)
    let kind = overBatch ? "batch_norm_1" : "layer_norm_1"
    let z = plain.tensors[kind, .preactivation], other = scaled.tensors[kind, .preactivation]
    try #require(z.count == 16 * 24 && other.count == z.count)
    // epsilon / variance, at most 1e-5 / 20 for any unit or sample, is what the scales differ by; Float rounds by less.
    for (a, b) in zip(z, other) { #expect(agree(a, b, relative: 1e-6, absolute: 1e-6)) }
    let gradient = try #require(scaled.run.layers[1].gradient.log10SecondMoment)
    let before = try #require(plain.run.layers[1].gradient.log10SecondMoment)
    #expect(agree(gradient - before, -2 * Double(k) * log10(2.0), relative: 1e-6), "\(factor)")
    #expect(scaled.run.layers.allSatisfy { $0.activation.nonFinite == 0 && $0.gradient.nonFinite == 0 })
  }

  /// Attention behind signals that left Float, with weights that are large themselves: scores are far beyond Float, weights
  /// are a hard maximum, and nothing is infinite.
  @Test(arguments: [1e6, 1e9, 1e12]) func scoresBeyondFloatAreNoInfinities(std: Double) throws {
    let network = try Network(input: .sequence(steps: 6, features: 8)) {
      Dense(8, weights: .normal(std: 1e20))
      Dense(8, weights: .normal(std: 1e20))
      SelfAttention(heads: 2, weights: .normal(std: std))
      LayerNorm()
      Dense(4, weights: .lecunNormal)
    }
    let run = try Audit(
      AuditConfiguration(network: network, initializers: [.zeros], batch: 8, replicas: 2, seed: 3)
    ).run().runs[0]
    for layer in run.layers {
      #expect(layer.activation.nonFinite == 0 && layer.gradient.nonFinite == 0, "\(layer.name)")
      #expect(layer.activation.log10SecondMoment?.isFinite == true, "\(layer.name)")
    }
    // Two factors of 1e20 sqrt(8) and two of the attention's own.
    let size = try #require(run.layers[2].activation.log10SecondMoment)
    #expect(abs(size - (80 + 4 * log10(std) + 4 * log10(8))) < 2)
  }

  /// Where signals are so small that the engine carries a scale, epsilon still is in true units.
  @Test(arguments: [false, true])
  func epsilonIsInTrueUnits(overBatch: Bool) throws {
    // Pre-activations of deviation near 2^-30, and an epsilon of about their square.
    let std = 0x1p-32, epsilon = 0x1p-60
    let norm: any NetworkPart = overBatch ? BatchNorm(epsilon: epsilon) : LayerNorm(epsilon: epsilon)
    let network = try Network(input: .features(16)) {
      Dense(12, weights: .normal(std: std))
      norm
      Dense(3, weights: .lecunNormal)
    }
    let (_, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.zeros], batch: 10, replicas: 1, seed: 3))
    let x = t["dense_1", .activation], z = t[overBatch ? "batch_norm_1" : "layer_norm_1", .preactivation]
    let g = t[overBatch ? "batch_norm_1" : "layer_norm_1", .preactivationGradient], dx = t["dense_1", .gradient]
    for group in 0..<(overBatch ? 12 : 10) {
      let places = overBatch ? (0..<10).map { $0 * 12 + group } : (0..<12).map { group * 12 + $0 }
      let n = Double(places.count), mean = places.reduce(0) { $0 + x[$1] } / n
      let variance = places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / n
      let inverse = 1 / (variance + epsilon).squareRoot()
      let meanGradient = places.reduce(0) { $0 + g[$1] } / n
      let product = places.reduce(0) { $0 + g[$1] * (x[$1] - mean) } / n * inverse * inverse
      let size = places.map { abs(g[$0]) }.max() ?? 0
      for place in places {
        #expect(agree(z[place], (x[place] - mean) * inverse, relative: 1e-5, absolute: 1e-6))
        let expected = inverse * (g[place] - meanGradient - (x[place] - mean) * product)
        #expect(agree(dx[place], expected, relative: 1e-5, absolute: 1e-5 * size * inverse))
      }
    }
  }

  /// Far below the square root of epsilon, a normalization only takes the mean away and multiplies by 1 / sqrt(epsilon).
  @Test(arguments: [false, true]) func farBelowEpsilonNormalizationsMultiply(overBatch: Bool) throws {
    let epsilon = 1e-5, norm: any NetworkPart = overBatch ? BatchNorm(epsilon: epsilon) : LayerNorm(epsilon: epsilon)
    let network = try Network(input: .features(16)) {
      Dense(12, weights: .normal(std: 1e-60))
      norm
      Dense(3, weights: .lecunNormal)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.zeros], batch: 10, replicas: 1, seed: 3))
    let name = overBatch ? "batch_norm_1" : "layer_norm_1"
    let x = t["dense_1", .activation], z = t[name, .preactivation], g = t[name, .preactivationGradient]
    let dx = t["dense_1", .gradient], factor = 1 / epsilon.squareRoot()
    for group in 0..<(overBatch ? 12 : 10) {
      let places = overBatch ? (0..<10).map { $0 * 12 + group } : (0..<12).map { group * 12 + $0 }
      let n = Double(places.count), mean = places.reduce(0) { $0 + x[$1] } / n
      let meanGradient = places.reduce(0) { $0 + g[$1] } / n, size = places.map { abs(g[$0]) }.max() ?? 0
      for place in places {
        // Float's rounding of sums of a dozen values.
        #expect(agree(z[place], (x[place] - mean) * factor, relative: 1e-5, absolute: 1e-65 * factor))
        #expect(agree(dx[place], (g[place] - meanGradient) * factor, relative: 1e-5, absolute: 1e-6 * size * factor))
      }
    }
    // The gain multiplies a signal of this size, and so does its gradient: here the sum over rows of g z.
    let run = report.runs[0]
    let gain = try #require(run.parameters(of: run.layers[1]).first?.gradient?.log10SecondMoment)
    let columns = (0..<12).map { column in (0..<10).reduce(0.0) { $0 + g[$1 * 12 + column] * z[$1 * 12 + column] } }
    let expected = columns.reduce(0) { $0 + $1 * $1 } / 12
    #expect(agree(gain, log10(expected), relative: 1e-6))
  }

  /// Beside a shift, a signal far below epsilon is lost.
  @Test func aShiftSwallowsWhatIsFarSmaller() throws {
    let network = try Network(input: .features(16)) {
      Dense(12, weights: .normal(std: 1e-60))
      LayerNorm()
      Dense(3, weights: .lecunNormal)
    }
    var configuration = AuditConfiguration(network: network, initializers: [.zeros], batch: 4, replicas: 1)
    configuration.given.parameters["layer_norm_1/shift"] = Array(repeating: 0.5, count: 12)
    let (_, t) = try Harness.tapped(configuration)
    #expect(t["layer_norm_1", .preactivation].allSatisfy { $0 == 0.5 })
  }

  private func attention(_ std: Double) throws -> InitializerRun {
    let network = try Network(input: .sequence(steps: 6, features: 8)) {
      for _ in 0..<4 { Dense(8, weights: .normal(std: std)) }
      SelfAttention(heads: 2, weights: .lecunNormal)
      Dense(8, weights: .lecunNormal)
    }
    return try Audit(
      AuditConfiguration(network: network, initializers: [.zeros], batch: 5, replicas: 2, seed: 9)
    ).run().runs[0]
  }

  /// Attention of signals far from 1 is a mean over all steps, or a choice of one: either is linear, inside Float's range
  /// (the first two pairs, whose smaller one carries no scale) and far outside it.
  @Test(arguments: [(19, 21), (-19, -21), (240, 480), (-240, -480), (480, 1200), (-480, -1200)])
  func attentionOfExtremeSignalsIsLinear(pair: (Int, Int)) throws {
    // A quarter of the exponent in each of four layers.
    let runs = try [pair.0, pair.1].map { try attention(exp2(Double($0) / 4) / 8.0.squareRoot()) }
    for (place, (first, second)) in zip(runs[0].layers, runs[1].layers).enumerated() where place >= 4 {
      let shift = 2 * Double(pair.1 - pair.0) * log10(2.0)
      let forward = try #require(second.activation.log10SecondMoment) - #require(first.activation.log10SecondMoment)
      // In pairs inside Float's range a few choices are not yet hard, by parts in 2^19.
      #expect(agree(forward, shift, relative: 1e-4, absolute: 1e-3), "\(first.name)")
      let backward = try #require(second.gradient.log10SecondMoment) - #require(first.gradient.log10SecondMoment)
      #expect(agree(backward, 0, relative: 0, absolute: 1e-3), "\(first.name)")
    }
    let values = try runs.map { run in
      try #require(run.parameters(of: run.layers[4]).first { $0.tensor.contains("value") }?.gradient?.log10SecondMoment)
    }
    #expect(agree(values[1] - values[0], 2 * Double(pair.1 - pair.0) * log10(2.0), relative: 1e-4, absolute: 1e-3))
    #expect(runs.allSatisfy { $0.layers.allSatisfy { $0.activation.nonFinite == 0 && $0.gradient.nonFinite == 0 } })
  }
}
