import NetworkGraph
import SignalPropagation
import TensorKernels
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

  @Test func theTimeIsProportionalToTheWork() throws {
    let network = try Network(input: .features(64)) { Dense(64) }
    func seconds(_ replicas: Int, judges: Bool = false) -> Double {
      WorkEstimate(
        AuditConfiguration(network: network, initializers: [.heNormal], batch: 32, replicas: replicas, threads: 1),
        judges: judges
      ).usualSeconds
    }
    #expect(abs(seconds(8) / seconds(2) - 4) < 1e-12)
    #expect(seconds(2, judges: true) > seconds(2))
  }

  /// 45 replicas of 100 x 2048 with 1,024 samples took 58 s of processor time for two, which is 11 minutes on two cores: the
  /// estimate is made before the start, and at once. On a machine of one core the threads do not count.
  @Test func aLargeAuditIsForetold() throws {
    let network = try Network(input: .features(2048)) { Dense(2048, activation: .relu).repeated(100) }
    let initializers: [Initializer] = [
      .zeros, .normal(std: 0.01), .normal(std: 1), .glorotUniform, .glorotNormal, .heUniform, .heNormal, .lecunNormal, .lsuv,
    ]
    let configuration = AuditConfiguration(
      network: network, initializers: initializers, batch: 1024, replicas: 5, threads: 2)
    let estimate = WorkEstimate(configuration, judges: false)
    let start = ContinuousClock.now
    let minutes = estimate.usualSeconds * Double(min(2, MachineSpeed.cores)) / 2 / 60
    #expect(minutes > 11 / 1.5 && minutes < 11 * 1.5, "\(minutes)")
    #expect(estimate.seconds > 0)
    #expect(ContinuousClock.now - start < .seconds(5))
  }
}
