import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct RecurrentGradientsTests {
  private static func network(steps: Int, gain: Double, cell: SimpleRNN.Cell = .tanh) throws -> Network {
    try Network(input: .sequence(steps: steps, features: 8)) {
      SimpleRNN(32, cell: cell, weights: .normal(std: 0.01), recurrent: .orthogonal(gain: gain))
      Dense(10)
    }
  }

  /// An orthogonal recurrence of gain g multiplies the squared gradient by g^2 a step where states are small: 0.63^2 is
  /// 10^-0.401, so that 199 steps take 79.9 decades and 399 take 160.2. Float32 ends at 10^-76 of the square.
  @Test(arguments: [100, 200, 400]) func aLossBelowFloatsRangeIsReported(steps: Int) throws {
    let run = try Examined.run(try Self.network(steps: steps, gain: 0.63), "glorot_uniform", batch: 8, replicas: 2)
    let finding = try #require(run.findings(of: RecurrentGradients.name).first)
    #expect(finding.severity == .warning)
    let expected = Double(steps - 1) * 2 * -0.200659450546418
    // The slope 1 - h^2 of states below 0.1 takes at most 1% off each factor, 0.9% of a decade's hundredth a step.
    let change = try #require(finding.number("log10Change"))
    #expect(change <= expected + 0.01 && change > expected - 0.01 * Double(steps))
  }

  /// 1.7^2 is 10^0.460898 a step while states are small: they grow from 10^-36 to 10^-1.3 in 150 steps, where 1 - h^2 takes
  /// less than 1% from the last factors.
  @Test func aGrowthNearTheEndOfFloatsRangeIsReported() throws {
    let network = try Network(input: .sequence(steps: 150, features: 8)) {
      SimpleRNN(32, weights: .normal(std: 1e-36), recurrent: .orthogonal(gain: 1.7))
      Dense(10)
    }
    let run = try Examined.run(network, "glorot_uniform", batch: 4, replicas: 2)
    let finding = try #require(run.findings(of: RecurrentGradients.name).first)
    #expect(finding.severity == .warning)
    #expect(abs((try #require(finding.number("log10Change"))) - 149 * 0.460897843) < 0.05)
  }

  @Test func aRecurrenceThatKeepsGradientsIsSilent() throws {
    let run = try Examined.run(try Self.network(steps: 200, gain: 1), "glorot_uniform", batch: 8, replicas: 2)
    #expect(run.findings(of: RecurrentGradients.name).isEmpty)
  }

  /// Null is not "nothing wrong": a gradient that ends on the way is said to end.
  @Test func aGradientThatEndsIsReported() throws {
    var made = try MadeUpRun { run in
      run.layers[0].recurrence = LayerResult.Recurrence(
        log10State: Array(repeating: 0, count: 6), log10StateGradient: [nil, nil, -3, -2, -1, 0])
    }
    let finding = try #require(made.findings(RecurrentGradients()).first)
    #expect(finding.severity == .warning && finding.message.contains("before step 3 of 6"))
    // No gradient from above: an output layer of zeros.
    made.run.layers[0].recurrence?.log10StateGradient = Array(repeating: nil, count: 6)
    #expect(made.findings(RecurrentGradients()).isEmpty)
  }
}
