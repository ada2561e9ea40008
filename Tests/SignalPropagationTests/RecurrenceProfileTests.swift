import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// What a recurrent layer reports of each step, against the chain rule in Double.
@Suite struct RecurrenceProfileTests {
  private static let units = 6, features = 4, batch = 5

  /// A product of plane rotations: orthogonal to Double's precision.
  private static let rotation: [[Double]] = {
    var matrix = (0..<units).map { row in (0..<units).map { $0 == row ? 1.0 : 0 } }
    for i in 0..<units {
      for j in (i + 1)..<units {
        let angle = 0.3 + 0.7 * Double(i) + 1.1 * Double(j), c = cos(angle), s = sin(angle)
        for row in 0..<units {
          let (a, b) = (matrix[row][i], matrix[row][j])
          (matrix[row][i], matrix[row][j]) = (c * a - s * b, s * a + c * b)
        }
      }
    }
    return matrix
  }()

  /// Profiles of the engine and of the recursion, for input weights of deviation `std`.
  private func profiles(std: Double, cell: SimpleRNN.Cell, steps: Int = 12, gain: Double = 1) throws -> (
    own: LayerResult.Recurrence, states: [Double], gradients: [Double], largest: Double
  ) {
    let network = try Network(input: .sequence(steps: steps, features: Self.features)) {
      SimpleRNN(Self.units, cell: cell, weights: .normal(std: std))
      Dense(3, weights: .lecunNormal)
    }
    var configuration = AuditConfiguration(network: network, initializers: [.zeros], batch: Self.batch, replicas: 1, seed: 6)
    configuration.given.parameters["simple_rnn_1/recurrent"] = Self.rotation.flatMap { $0 }.map { Float(gain * $0) }
    let (report, t) = try Harness.tapped(configuration)
    let x = t["input", .input], w = t["simple_rnn_1", .weights], top = t["simple_rnn_1", .gradient]
    var states = [Double](repeating: 0, count: steps), gradients = states, largest = 0.0
    for sample in 0..<Self.batch {
      var h = [[Double]](repeating: [Double](repeating: 0, count: Self.units), count: steps + 1)
      for step in 0..<steps {
        for unit in 0..<Self.units {
          var z = (0..<Self.units).reduce(0.0) { $0 + gain * Self.rotation[unit][$1] * h[step][$1] }
          for feature in 0..<Self.features {
            z += w[unit * Self.features + feature] * x[(sample * steps + step) * Self.features + feature]
          }
          h[step + 1][unit] = cell == .tanh ? tanh(z) : max(0, z)
          largest = max(largest, abs(h[step + 1][unit]))
        }
        states[step] += h[step + 1].reduce(0) { $0 + $1 * $1 }
      }
      var g = (0..<Self.units).map { top[sample * Self.units + $0] }
      for step in (0..<steps).reversed() {
        gradients[step] += g.reduce(0) { $0 + $1 * $1 }
        let d = (0..<Self.units).map { unit in
          g[unit] * (cell == .tanh ? 1 - h[step + 1][unit] * h[step + 1][unit] : (h[step + 1][unit] > 0 ? 1 : 0))
        }
        g = (0..<Self.units).map { unit in (0..<Self.units).reduce(0) { $0 + gain * Self.rotation[$1][unit] * d[$1] } }
      }
    }
    let scale = 1 / Double(Self.batch * Self.units)
    return (
      try #require(report.runs[0].layers[0].recurrence), states.map { log10($0 * scale) },
      gradients.map { log10($0 * scale) }, largest
    )
  }

  @Test(arguments: [1e-4, 0.1, 0.7], SimpleRNN.Cell.allCases)
  func followsTheChainRule(std: Double, cell: SimpleRNN.Cell) throws {
    let (own, states, gradients, _) = try profiles(std: std, cell: cell)
    try #require(own.log10State.count == 12 && own.log10StateGradient.count == 12)
    for step in 0..<12 {
      // Twelve steps of sums of 10 rounded products: 120 x 2^-24 of the signal, twice that of its square.
      let state = try #require(own.log10State[step]), gradient = try #require(own.log10StateGradient[step])
      #expect(agree(state, states[step], relative: 0, absolute: 1e-5), "state \(step)")
      #expect(agree(gradient, gradients[step], relative: 0, absolute: 1e-5), "gradient \(step)")
    }
  }

  /// An orthogonal recurrence of small signals carries the gradient through all lags unchanged.
  @Test func orthogonalRecurrenceKeepsTheGradient() throws {
    let (own, _, _, largest) = try profiles(std: 1e-4, cell: .tanh)
    // Each step multiplies by 1 - h^2, at most 12 times.
    let loss = -2 * 12 * log10(1 - largest * largest)
    let last = try #require(own.log10StateGradient[11])
    for value in own.log10StateGradient { #expect(abs(try #require(value) - last) <= loss + 1e-5) }
    #expect(largest < 1e-2)
  }

  /// A spectral radius of 0.63 takes 0.4 decades a step from the squared gradient: after 400 steps it stands at 10^-160,
  /// where a Float holds nothing and even its square root is 10^-80. The recursion in Double follows it.
  @Test(arguments: [200, 400]) func aGradientBelowFloatsRangeIsFollowed(steps: Int) throws {
    let (own, _, gradients, _) = try profiles(std: 0.1, cell: .tanh, steps: steps, gain: 0.63)
    #expect(gradients[0] < -0.39 * Double(steps))
    for step in 0..<steps {
      let gradient = try #require(own.log10StateGradient[step])
      // Each step rounds sums of 6 products and the slope: 10 x 2^-24 of the signal a step, twice that of its square, and
      // the recurrent weights' own rounding to Float, the same in each step: 2^-24 a step at most.
      let bound = 21 * 0x1p-24 * Double(steps - step) / log(10) + 1e-5
      #expect(abs(gradient - gradients[step]) < bound, "step \(step)")
    }
  }
}
