import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Signals far outside Float's range.
@Suite struct RangeTests {
  private func report(
    _ activation: Activation, _ initializers: [Initializer], depth: Int, width: Int = 32, batch: Int = 16
  ) throws -> AuditReport {
    let network = try Harness.perceptron(width, Array(repeating: width, count: depth) + [4], activation: activation)
    return try Audit(AuditConfiguration(network: network, initializers: initializers, batch: batch, replicas: 2, seed: 9))
      .run()
  }

  /// ReLU is homogeneous and draws are paired: a deviation 2^k times as large moves log10 m2 by 2 k log10(2) a layer,
  /// exactly.
  @Test(arguments: [-12, -3, 3, 12])
  func aReLUNetworkScalesExactly(k: Int) throws {
    let factor = Double(sign: .plus, exponent: k, significand: 1), std = 0.25
    let report = try report(.relu, [.normal(std: std), .normal(std: std * factor)], depth: 100)
    let shift = 2 * Double(k) * log10(2.0)
    for (index, (plain, scaled)) in zip(report.runs[0].layers, report.runs[1].layers).enumerated() {
      let forward = try #require(plain.activation.log10SecondMoment)
      let other = try #require(scaled.activation.log10SecondMoment)
      // Powers of two change no mantissa; what is left is Double's rounding of the logarithm.
      #expect(agree(other - forward, shift * Double(index + 1), relative: 1e-9), "layer \(index + 1)")
      let backward = try #require(plain.gradient.log10SecondMoment)
      let otherBackward = try #require(scaled.gradient.log10SecondMoment)
      #expect(agree(otherBackward - backward, shift * Double(100 - index), relative: 1e-9, absolute: 1e-9))
      #expect(scaled.activation.nonFinite == 0)
    }
    if abs(k) == 12 {
      let last = report.runs[1].layers[99].activation
      #expect(abs(try #require(last.log10SecondMoment)) > 600)
      #expect(last.float32 == (k > 0 ? .overflows : .underflows))
      #expect(last.secondMoment == (k > 0 ? .infinity : 0))
      let twenty = report.runs[1].layers[11].activation
      // Beyond Float, within Double: the moment itself is reported.
      #expect(agree(log10(twenty.secondMoment), try #require(twenty.log10SecondMoment), relative: 0, absolute: 0.5))
    }
  }

  /// Every activation, driven up or down by the weights, against a forward and backward pass in Double that reaches 1e+-300.
  @Test(arguments: ActivationCatalogue.entries.map(\.name), [1e-6, 1e6])
  func theLawsHoldWhereFloatEnds(name: String, std: Double) throws {
    let activation = try Activation(parsing: name)
    // sin has no law for huge arguments, and none is needed: its values never leave [-1, 1], its arguments stay within
    // Float.
    let depth = name == "relu_squared" ? 4 : 12
    let widths = [6] + Array(repeating: 6, count: depth) + [3]
    let batch = 5
    let network = try Harness.perceptron(6, Array(widths.dropFirst()), activation: activation)
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.normal(std: std)], batch: batch, replicas: 1, seed: 21))
    var h = t["input", .input]
    for layer in 1..<widths.count {
      let n = widths[layer - 1], m = widths[layer], w = t["dense_\(layer)", .weights]
      var z = [Double](repeating: 0, count: batch * m)
      for s in 0..<batch { for i in 0..<m { for j in 0..<n { z[s * m + i] += w[i * n + j] * h[s * n + j] } } }
      let a = layer == widths.count - 1 ? z : z.map(activation.value)
      let m2 = a.reduce(0) { $0 + $1 * $1 } / Double(a.count)
      let own = report.runs[0].layers[layer - 1].activation
      guard m2 > 1e-290, m2 < 1e290 else { break }
      let log = try #require(own.log10SecondMoment, "\(name) layer \(layer)")
      // Where a huge argument sits on a steep place of sin, Float's argument is already another one.
      if name == "sin" && std > 1 { break }
      #expect(agree(log, log10(m2), relative: 0, absolute: 2e-5 * Double(layer)), "\(name) layer \(layer)")
      h = a
    }
  }

  @Test func aTanhNetworksGradientsVanishBeyondFloat() throws {
    // With std 1e-6 each of 12 layers takes 1e-12 * 32 from the gradient's second moment: 1e-126 at the end.
    let report = try report(.tanh, [.normal(std: 1e-6)], depth: 12)
    let first = report.runs[0].layers[0].gradient
    let expected = 12 * log10(32e-12) + log10(4.0 / 32)
    // Each layer's factor has a relative deviation of about sqrt(2/32 + 2/(16*32)), 0.11 in log10; 12 layers and the mean
    // of 2 replicas: 0.27; five deviations.
    #expect(agree(try #require(first.log10SecondMoment), expected, relative: 0, absolute: 1.4))
    #expect(first.float32 == .underflows)
  }

  @Test func aRunawayExponentIsCappedAndSaidSo() throws {
    // Squared ReLU doubles the exponent at each layer: 2^50 is reached before layer 60.
    let report = try report(.reluSquared, [.normal(std: 4)], depth: 70)
    let layers = report.runs[0].layers
    #expect(layers[10].activation.scaleCapped == false)
    #expect(layers[69].activation.scaleCapped)
    #expect(layers[69].activation.nonFinite == 0)
  }

  @Test func aSpreadBelowResolutionIsNotANumber() throws {
    let report = try report(.softplus, [.normal(std: 0.01)], depth: 60)
    let last = report.runs[0].layers[59].activation
    #expect(last.spread == nil)
    #expect(last.belowResolution == ["spread"])
    let first = report.runs[0].layers[0].activation
    #expect(first.spread != nil && first.belowResolution.isEmpty)
  }

  @Test func zeroSignalsHaveNoLogarithms() throws {
    let run = try report(.relu, [.zeros], depth: 5).runs[0]
    for layer in run.layers {
      #expect(layer.activation.log10SecondMoment == nil && layer.activation.interval == nil)
      #expect(layer.activation.secondMoment == 0 && layer.activation.cosineSimilarity == nil)
      #expect(layer.activation.deadFraction == 1 && layer.activation.duplicateFraction == 1)
      #expect(layer.weights?.orthogonalityDefect == nil)
    }
    #expect(run.forwardGrowth == nil && run.backwardGrowth == nil)
    // The output's gradient is the cotangent itself.
    #expect(run.layers[5].gradient.log10SecondMoment != nil)
  }

  /// sin has no law for huge arguments: it is evaluated on them as they are, far outside Float.
  @Test(arguments: [1e30, 1e38, 1e60, 1e90])
  func sinSeesItsHugeArguments(std: Double) throws {
    let report = try report(.sin, [.normal(std: std)], depth: 3)
    for (index, layer) in report.runs[0].layers.enumerated() {
      #expect(layer.preactivation.nonFinite == 0 && layer.activation.nonFinite == 0 && layer.gradient.nonFinite == 0)
      guard index < 3 else { continue }
      // Sums of 32 products of weights with values of second moment 1, then 1/2; 1024 weights leave it within a factor 10.
      let expected = log10(32 * std * std * (index == 0 ? 1 : 0.5))
      #expect(abs(try #require(layer.preactivation.log10SecondMoment) - expected) < 1)
      // The argument mod 2 pi is uniform, E sin^2 = 1/2; of 1024 values, with a deviation of 1 / sqrt(8), five deviations.
      #expect(abs(layer.activation.secondMoment - 0.5) < 5 / (8 * 1024.0).squareRoot())
    }
  }

  /// The identity leaves units beyond the inputs at exactly zero, whatever the scale of the others: a law for huge arguments
  /// does not hold there.
  @Test(arguments: ActivationCatalogue.entries.map(\.name), [1e-30, 1e22, 1e30])
  func everyElementObeysTheActivation(name: String, gain: Double) throws {
    let activation = try Activation(parsing: name)
    let network = try Harness.perceptron(4, [7, 7, 3], activation: activation)
    let (_, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.identity(gain: gain)], batch: 5, replicas: 1))
    let z = t["dense_1", .preactivation], a = t["dense_1", .activation]
    let g = t["dense_1", .gradient], gz = t["dense_1", .preactivationGradient]
    let expected = zip(z, g).map { $1 * activation.derivative($0) }
    func size(_ x: [Double]) -> Double { (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot() }
    // Kernels are within 6 units in the last place, laws within one of the signal's size.
    let precision = 6 * 0x1p-23, valueSize = size(a), gradientSize = size(expected)
    for index in z.indices {
      let value = activation.value(z[index])
      #expect(agree(a[index], value, relative: precision, absolute: precision * valueSize), "\(name)(\(z[index]))")
      #expect(
        agree(gz[index], expected[index], relative: precision, absolute: precision * gradientSize), "\(name)'(\(z[index]))")
    }
  }

  /// A bias beyond Float, or below it, is the signal all the same.
  @Test(arguments: [1e-60, 1e60])
  func aBiasOutsideFloatIsFollowed(std: Double) throws {
    let network = try Network(input: .features(6)) {
      Dense(40, activation: .relu, weights: .zeros, bias: .normal(std: std))
      Dense(3)
    }
    let layer = try Audit(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 4, replicas: 1)
    ).run().runs[0].layers[0]
    // 40 squares of normals: a chi-square, whose logarithm stays within 0.6 of its mean's at a rate of 1e-6.
    #expect(abs(try #require(layer.preactivation.log10SecondMoment) - 2 * log10(std)) < 0.6)
    #expect(layer.preactivation.nonFinite == 0)
  }

  /// Residual sums of signals of any ratio, h + W2 relu(W1 h), forward and backward, against the same in Double.
  @Test(arguments: [1e-30, 1e-3, 1.5, 1e9])
  func residualNetworksAreFollowedBeyondFloat(std: Double) throws {
    let width = 6, batch = 4, blocks = std > 1e3 ? 12 : 50
    let network = try Network(input: .features(width)) {
      Dense(width, weights: .identity)
      Residual {
        Dense(width, activation: .relu); Dense(width)
      }.repeated(blocks)
      Dense(width, weights: .identity)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.normal(std: std)], batch: batch, replicas: 1, seed: 2))
    func times(_ x: [Double], _ w: [Double], transposed: Bool) -> [Double] {
      (0..<(batch * width)).map { index in
        let (s, i) = index.quotientAndRemainder(dividingBy: width)
        return (0..<width).reduce(0) { $0 + x[s * width + $1] * w[transposed ? $1 * width + i : i * width + $1] }
      }
    }
    // Each of up to 50 blocks rounds by a few 2^-24.
    func compare(_ own: [Double], _ expected: [Double], _ label: String) {
      let size = expected.map(abs).max() ?? 0
      #expect(own.count == expected.count && size > 0)
      for (a, b) in zip(own, expected) { #expect(abs(a - b) <= 1e-5 * size, "\(label)") }
    }
    var h = t["input", .input], slopes: [[Double]] = []
    for block in 1...blocks {
      let z = times(h, t["dense_\(2 * block)", .weights], transposed: false)
      slopes.append(z.map { $0 > 0 ? 1 : 0 })
      let branch = times(z.map { max(0, $0) }, t["dense_\(2 * block + 1)", .weights], transposed: false)
      h = zip(h, branch).map { $0 + $1 }
      compare(t["add_\(block)", .activation], h, "forward, block \(block)")
    }
    var g = t["add_\(blocks)", .gradient]
    for block in (1...blocks).reversed() {
      let branch = zip(times(g, t["dense_\(2 * block + 1)", .weights], transposed: true), slopes[block - 1]).map { $0 * $1 }
      g = zip(g, times(branch, t["dense_\(2 * block)", .weights], transposed: true)).map { $0 + $1 }
      if block > 1 { compare(t["add_\(block - 1)", .gradient], g, "backward, block \(block)") }
    }
    if std > 1 { #expect(try #require(report.runs[0].layers.last?.activation.log10SecondMoment) > 60) }
  }
}
