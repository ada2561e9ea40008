import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// vanishing-activations and vanishing-gradients on real audits.
@Suite struct VanishingTests {
  /// ReLU under Glorot's scheme loses half a layer: 10^-6 over 20 layers.
  @Test func glorotUnderReLUVanishesBothWays() throws {
    let run = try Examined.run(try Examined.mlp(depth: 21, width: 128, .relu), "glorot_normal", replicas: 8)
    for rule in [VanishingActivations.name, VanishingGradients.name] {
      let finding = try #require(run.findings(of: rule).first)
      #expect(finding.severity == .error)
      // As in ExplodingTests: sqrt(1.2 log(1 + 5/128) / 20 / 8) / log 10 is 0.0074 decades; six of them.
      let growth = try #require(finding.number("log10GrowthPerLayer"))
      #expect((growth - log10(0.5)).magnitude < 0.045, "\(growth)")
    }
  }

  @Test func halfTheDepthIsAWarning() throws {
    let run = try Examined.run(try Examined.mlp(depth: 10, width: 128, .relu), "glorot_normal")
    #expect(run.findings(of: VanishingActivations.name).map(\.severity) == [.warning])
    #expect(run.findings(of: VanishingGradients.name).map(\.severity) == [.warning])
  }

  /// Sigmoid keeps its activations at a half while gradients lose a factor of 16 a layer: f' is at most 1/4.
  @Test func sigmoidLosesGradientsOnly() throws {
    let run = try Examined.run(try Examined.mlp(depth: 8, width: 64, .sigmoid), "lecun_normal")
    #expect(run.findings(of: VanishingActivations.name).isEmpty)
    let finding = try #require(run.findings(of: VanishingGradients.name).first)
    #expect(finding.severity == .error)
    #expect(try #require(finding.number("log10GrowthPerLayer")) < log10(1.0 / 16) + 0.1)
  }

  /// Layer normalization before each product keeps activations; the residual path keeps gradients.
  @Test func sumsKeepGradients() throws {
    let network = try Network(input: .features(48)) {
      Dense(48)
      for _ in 0..<24 {
        Residual { Dense(48, activation: .tanh) }
      }
      Dense(10)
    }
    let run = try Examined.run(network, "normal(std=0.01)")
    for rule in [VanishingActivations.name, VanishingGradients.name] { #expect(run.findings(of: rule).isEmpty) }
  }

  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { run in
      for rule in [VanishingActivations.name, VanishingGradients.name] {
        let findings = run.findings(of: rule).filter { $0.severity != .note }
        #expect(findings.isEmpty, "\(run.initializer): \(findings.map(\.message))")
      }
    }
  }

  @Test func theStatusIsVanishing() {
    #expect(VanishingActivations.status == .vanishing && VanishingGradients.status == .vanishing)
  }
}
