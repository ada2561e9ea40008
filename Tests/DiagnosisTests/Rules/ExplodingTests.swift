import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// exploding-activations and exploding-gradients on real audits.
@Suite struct ExplodingTests {
  /// ReLU with weights of variance s^2: both mean squares grow by n s^2 / 2 a layer, here 64 * 0.09 / 2 = 2.88.
  @Test func aReLUNetworkWithLargeWeightsExplodesBothWays() throws {
    let run = try Examined.run(try Examined.mlp(depth: 20, width: 64, .relu), "normal(std=0.3)", replicas: 8)
    for rule in [ExplodingActivations.name, ExplodingGradients.name] {
      let finding = try #require(run.findings(of: rule).first)
      #expect(finding.severity == .error)
      // Slopes walk with variance 6/5 * log(1 + 5/64) / 19 a replica; 6 deviations of the mean of 8 are 0.065 decades.
      let growth = try #require(finding.number("log10GrowthPerLayer"))
      #expect((growth - log10(2.88)).magnitude < 0.065, "\(growth)")
    }
  }

  /// h + relu(Wh) doubles the mean square and more at each block.
  @Test func deepSumsWithoutNormalizationExplode() throws {
    func run(norm: Bool) throws -> InitializerRun {
      let network = try Network(input: .features(48)) {
        Dense(48, activation: .relu)
        for _ in 0..<24 {
          Residual {
            if norm { LayerNorm() }
            Dense(48, activation: .relu)
          }
        }
        Dense(10)
      }
      return try Examined.run(network, "he_normal")
    }
    #expect(try run(norm: false).findings(of: ExplodingActivations.name).map(\.severity) == [.error])
    // Normalized branches add a bounded amount each: linear growth.
    let normalized = try run(norm: true)
    #expect(normalized.findings(of: ExplodingActivations.name).allSatisfy { $0.severity != .error })
    #expect(normalized.findings(of: ExplodingGradients.name).allSatisfy { $0.severity != .error })
  }

  /// Yang et al. 2019: batch normalization alone makes gradients grow; the activations keep their size.
  @Test func deepBatchNormalizationExplodesGradientsOnly() throws {
    let network = try Network(input: .features(64)) {
      for _ in 0..<64 {
        Dense(64)
        BatchNorm(activation: .relu)
      }
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.findings(of: ExplodingGradients.name).map(\.severity) == [.error])
    #expect(run.findings(of: ExplodingActivations.name).isEmpty)
  }

  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { run in
      for rule in [ExplodingActivations.name, ExplodingGradients.name] {
        let findings = run.findings(of: rule).filter { $0.severity != .note }
        #expect(findings.isEmpty, "\(run.initializer): \(findings.map(\.message))")
      }
    }
  }

  @Test func theStatusIsExploding() {
    #expect(ExplodingActivations.status == .exploding && ExplodingGradients.status == .exploding)
  }
}
