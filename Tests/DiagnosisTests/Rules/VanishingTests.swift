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

  /// He's fan_in keeps a gradient's sum of squares whatever the widths: layers of 1024 to 4 units lose 2.4 decades of its
  /// mean.
  @Test func aFunnelIsNoLoss() throws {
    let network = try Network(input: .features(1024)) {
      for width in [1024, 256, 64, 16, 4] { Dense(width) }
      Dense(4)
    }
    let run = try Examined.run(network, "orthogonal", batch: 16, replicas: 3)
    #expect(try #require(run.backwardGrowth).log10 < -0.5)
    #expect(run.findings(of: VanishingGradients.name).isEmpty && run.findings(of: ExplodingGradients.name).isEmpty)
  }

  /// A gradient that stops at a layer is an error, however few layers there are: clipped units have slope zero.
  @Test func aGradientThatIsLostIsAnError() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .tanh)
      Dense(32, activation: .hardTanh, bias: .constant(50))
      Dense(10)
    }
    let run = try Examined.run(network, "lecun_normal")
    let finding = try #require(run.findings(of: VanishingGradients.name).first)
    #expect(finding.severity == .error && finding.layers == [1] && finding.message.contains("exactly zero"))
  }

  /// Zeros by design stop gradients at step 0, too, and are no loss.
  @Test func zerosByDesignAreNoLoss() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .relu).repeated(3)
      Dense(10, weights: .zeros)
    }
    #expect(try Examined.run(network, "he_normal").findings(of: VanishingGradients.name).isEmpty)
  }
}
