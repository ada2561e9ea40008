import NetworkGraph
import SignalPropagation
import Testing

/// Multiplications against their closed forms, and the time that follows from them.
@Suite struct WorkEstimateTests {
  @Test func denseLayersMultiplyEachWeightOnce() throws {
    let network = try Network(input: .features(7)) {
      Dense(5, activation: .relu)
      Dense(3)
    }
    #expect(network.multiplications == 7 * 5 + 5 * 3)
  }

  @Test func convolutionsMultiplyAtEachPixelOfTheOutput() throws {
    let network = try Network(input: .image(channels: 2, height: 9, width: 9)) {
      Conv2D(4, kernel: 3)
      Flatten()
      Dense(3)
    }
    // 7 x 7 pixels of 4 x 2 x 3 x 3 weights, then 196 x 3.
    #expect(network.multiplications == 49 * 72 + 196 * 3)
  }

  @Test func sequencesMultiplyAtEachStep() throws {
    let network = try Network(input: .sequence(steps: 6, features: 8)) { SimpleRNN(4) }
    #expect(network.multiplications == 6 * (8 * 4 + 4 * 4))
  }

  @Test func theLeastTimeIsProportionalToTheWork() throws {
    let network = try Network(input: .features(64)) { Dense(64) }
    var configuration = AuditConfiguration(network: network, initializers: [.heNormal], batch: 32, replicas: 2, threads: 1)
    let one = WorkEstimate(configuration).leastSeconds
    configuration.batch = 64
    configuration.replicas = 4
    #expect(abs(WorkEstimate(configuration).leastSeconds / one - 4) < 1e-12)
    #expect(try #require(WorkEstimate(configuration).seconds()) > 0)
  }
}
