import Glibc
import MeanField
import NetworkGraph
import Testing

/// Signals far below their activation's scale, below Double's range, and exactly zero: an activation is linear there, so
/// that the error bars are those of a linear chain.
@Suite struct FaintSignalTests {
  /// psi'(x), the variance of the logarithm of a gamma variable of shape x (Abramowitz and Stegun 6.4.12; to 1e-9 from x = 8
  /// on).
  static func trigamma(_ x: Double) -> Double {
    1 / x + 1 / (2 * x * x) + 1 / (6 * pow(x, 3)) - 1 / (30 * pow(x, 5)) + 1 / (42 * pow(x, 7))
  }

  static func chain(_ activations: [Activation], width n: Int, scaledVariance: [Double]) -> [ChainLayer] {
    zip(activations, scaledVariance).map {
      ChainLayer(fanIn: n, units: n, weightVariance: $1 / Double(n), activation: $0)
    }
  }

  /// A deep linear chain in closed form, one sample: |a|^2 is multiplied in each layer by sw2 chi^2_n / n, so that log m has
  /// the variance psi'(n / 2) a layer, and on the way back the same. The second moment itself is sw2^l.
  @Test(arguments: ["tanh", "gelu", "silu", "sin", "elu", "selu"])
  func aSignalBelowDoublesRangeHasALinearChainsScatter(name: String) throws {
    let activation = try Activation(parsing: name), n = 64, depth = 120, sw2 = 6.4e-5
    let slope = activation.derivative(0)
    // SELU's corner at 0 makes no linear layer of it; its two slopes do not depend on the size.
    let layers = Self.chain(
      [Activation](repeating: activation, count: depth), width: n, scaledVariance: [Double](repeating: sw2, count: depth))
    let predicted = try ChainPrediction(layers, input: ChainInput(secondMoments: [1e-8])).layers
    let unit = Self.trigamma(Double(n) / 2) / (log(10.0) * log(10.0))
    for (index, layer) in predicted.enumerated() {
      let l = Double(index + 1)
      for moment in [layer.preactivation, layer.activation, layer.gradient, layer.preactivationGradient] {
        #expect(moment.meanLog10.isFinite && moment.varianceLog10.isFinite, "\(name), layer \(index + 1)")
      }
      guard name != "selu" else { continue }
      #expect(abs(layer.activation.varianceLog10 - l * unit) < 1e-3 * l * unit, "\(name), layer \(index + 1)")
      let growth = log10(sw2 * slope * slope)
      // The first layers are faint already: 1e-8 has left every one of these functions' scales.
      #expect(abs(layer.activation.log10SecondMoment - (-8 + l * growth)) < 1e-2, "\(name), layer \(index + 1)")
      #expect(abs(layer.preactivationGradient.log10SecondMoment - (Double(depth) - l) * growth - 2 * log10(slope)) < 1e-2)
      // Each layer above adds the scatter of its own sum over units.
      if index + 1 < depth {
        let step = layer.preactivationGradient.varianceLog10 - predicted[index + 1].preactivationGradient.varianceLog10
        #expect(abs(step - unit) < 1e-3 * unit, "\(name), layer \(index + 1)")
      }
    }
  }

  /// The same for a batch, where samples share what is pooled: held against the linear chain, which is rescaled to a signal
  /// of constant size and never faint.
  @Test func aBatchScattersAsInALinearChain() throws {
    let n = 64, depth = 100
    func predicted(_ activation: Activation) throws -> [LayerPrediction] {
      let layers = Self.chain(
        [Activation](repeating: activation, count: depth), width: n,
        scaledVariance: [Double](repeating: 6.4e-5, count: depth))
      return try ChainPrediction(layers, input: .gaussian(features: n, batch: 256)).layers
    }
    for (tanh, linear) in zip(try predicted(.tanh), try predicted(.identity)) {
      for (a, b) in [
        (tanh.preactivation, linear.preactivation), (tanh.activation, linear.activation), (tanh.gradient, linear.gradient),
        (tanh.preactivationGradient, linear.preactivationGradient),
      ] {
        // tanh bends in the first layer, whose variance is 6e-5.
        #expect(abs(a.meanLog10 - b.meanLog10) < 1e-3)
        #expect(abs(a.varianceLog10 - b.varianceLog10) < 1e-3 * b.varianceLog10)
      }
    }
  }

  /// Behind a layer of zeros the signal is exactly zero, and the gradient passes linear layers.
  @Test func gradientsBehindAZeroSignalScatterAsInALinearChain() throws {
    let n = 32, depth = 12
    for batch in [1, 256] {
      let zeros = Self.chain(
        [Activation](repeating: .tanh, count: depth), width: n,
        scaledVariance: [0] + [Double](repeating: 1, count: depth - 1))
      let linear = Self.chain(
        [Activation](repeating: .identity, count: depth), width: n, scaledVariance: [Double](repeating: 1, count: depth))
      let input = ChainInput.gaussian(features: n, batch: batch)
      for (a, b) in zip(try ChainPrediction(zeros, input: input).layers, try ChainPrediction(linear, input: input).layers) {
        #expect(abs(a.preactivationGradient.varianceLog10 - b.preactivationGradient.varianceLog10) < 1e-9)
        #expect(abs(a.preactivationGradient.meanLog10 - b.preactivationGradient.meanLog10) < 1e-9)
        #expect(a.preactivation.secondMoment == 0)
      }
    }
  }

  /// A zero meets the slope that the function has at 0 itself, not the mean of the slopes on both sides of a corner.
  @Test(arguments: ["selu", "leaky_relu(slope=0.2)", "relu"]) func aZeroSignalMeetsTheSlopeAtZero(name: String) throws {
    let activation = try Activation(parsing: name), slope = activation.derivative(0)
    let layers = Self.chain([.tanh, activation, activation], width: 32, scaledVariance: [0, 1, 1])
    let predicted = try ChainPrediction(layers, input: ChainInput(secondMoments: [1])).layers
    #expect(abs(predicted[2].preactivationGradient.secondMoment - slope * slope) < 1e-12)
    #expect(abs(predicted[1].preactivationGradient.secondMoment - pow(slope, 4)) < 1e-12)
  }

  /// With f = x^2 for positive x the second moment is squared in each layer: 3/2 q^2 of a normal.
  @Test func aPowerOfTheActivationIsFollowed() throws {
    let layers = Self.chain(
      [Activation](repeating: .reluSquared, count: 12), width: 64, scaledVariance: [Double](repeating: 1, count: 12))
    let predicted = try ChainPrediction(layers, input: ChainInput(secondMoments: [1e-3])).layers
    var expected = -3.0
    for layer in predicted {
      expected = log10(1.5) + 2 * expected
      #expect(abs(layer.activation.log10SecondMoment / expected - 1) < 1e-9)
    }
    #expect(expected < -10_000)
  }
}
