import InitScope
import Testing

/// The Swift of README, as a user would write it: one import, public names only.
@Suite struct ReadmeExampleTests {
  @Test func auditingOnesOwnNetwork() throws {
    let network = try Network(input: .features(784)) {
      Dense(256, activation: .gelu).repeated(8)
      Residual {
        Dense(256, activation: .gelu)
        Dense(256, weights: .zeros)
      }
      Dense(10, weights: .glorotUniform)
    }
    let report = try Audit(AuditConfiguration(network: network, initializers: [.heNormal, .lsuv])).diagnose()
    #expect(report.runs.map(\.initializer) == ["he_normal", "lsuv"])
    #expect(report.runs[0].layers.count == 12)
  }

  @Test func gradientsReachTheFirstLayer() throws {
    let network = try Network(input: .features(784)) {
      Dense(256, activation: .relu).repeated(20)
      Dense(10)
    }
    let configuration = AuditConfiguration(network: network, initializers: [.heNormal], replicas: 10)
    let run = try Audit(configuration).diagnose().runs[0]
    // Growth per layer as log10 of the second moment. It walks at random with a variance of 5 / width a layer: the mean
    // slope of 10 replicas over 20 layers deviates by 0.005, so that 0.03 is six deviations.
    let forward = try #require(run.forwardGrowth), backward = try #require(run.backwardGrowth)
    #expect(abs(forward.log10) < 0.03)
    #expect(abs(backward.log10) < 0.03)
    #expect(run.layers.allSatisfy { $0.activation.nonFinite == 0 && $0.weights?.outliers == 0 })
    #expect(run.findings.isEmpty, "\(run.findings.map(\.message))")
  }

  @Test func aNetworkFileIsTheSameNetwork() throws {
    let yaml = """
      name: classifier
      input: 784
      layers:
        - dense: {units: 256, activation: gelu, repeat: 8}
        - residual:
            - dense: {units: 256, activation: gelu}
            - dense: {units: 256, weights: zeros}
        - dense: {units: 10, name: head, weights: glorot_uniform}
      """
    let network = try NetworkYAML.read(yaml, path: "classifier.yaml")
    #expect(network.nodes.count == 12)
    #expect(network.nodes[11].name == "head")
    #expect(network.parameterCount == 795_658)
  }
}
