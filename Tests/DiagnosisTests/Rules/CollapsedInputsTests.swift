import Diagnosis
import Glibc
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct CollapsedInputsTests {
  /// tanh in the ordered phase: sw2 = 0.25 and sb2 = 1 have chi1 well below 1/4, so that 1 - c loses more than 10^-12 over
  /// 20 layers.
  @Test func theOrderedPhaseCollapses() throws {
    let run = try Examined.run(
      try Examined.mlp(depth: 20, width: 128, .tanh, bias: "normal(std=1)"),
      "variance_scaling(scale=0.25,mode=fan_in,distribution=normal)")
    let finding = try #require(run.findings(of: CollapsedInputs.name).first)
    #expect(finding.severity == .error && CollapsedInputs.status == .collapsed)
    #expect(finding.text("phase") == "ordered")
    let scale = try #require(finding.number("depthScaleC"))
    #expect(scale > 0 && scale < -1 / log(0.25))
    #expect(
      finding.message.hasSuffix(
        "What helps: a weight variance at its critical value (initscope theory), normalization, or fewer layers."))
    #expect(finding.layers.last == 20 && finding.layers.count > 5)
  }

  @Test(arguments: [(1e-6, Finding.Severity.error), (1e-5, .warning), (4.9e-3, .warning)])
  func theSeparationDecides(separation: Double, severity: Finding.Severity) throws {
    let made = try MadeUpRun { $0.layers[10].activation.cosineSimilarity = 1 - separation }
    #expect(made.findings(CollapsedInputs()).map(\.severity) == [severity])
  }

  @Test func differencesBelowFloatsResolutionAreNone() throws {
    let made = try MadeUpRun { run in
      run.layers[10].activation.cosineSimilarity = 1 - 1e-3
      run.layers[10].activation.belowResolution = ["spread"]
    }
    let finding = try #require(made.findings(CollapsedInputs()).first)
    #expect(finding.severity == .error && finding.message.contains("by less than Float32 resolves"))
  }

  /// What the input does not have the network cannot lose.
  @Test func inputsThatAreAlikeAreNotTheNetworksFault() throws {
    var made = try MadeUpRun { $0.layers[10].activation.cosineSimilarity = 1 - 2e-3 }
    #expect(made.findings(CollapsedInputs()).count == 1)
    made.context.input.cosineSimilarity = 1 - 4e-3
    #expect(made.findings(CollapsedInputs()).isEmpty)
    made.context.input.cosineSimilarity = nil
    #expect(made.findings(CollapsedInputs()).isEmpty)
  }

  /// A mean over 784 positions of noise leaves what all samples have in common; images of something differ there, too.
  @Test func averagesOfNoiseAreNoCollapse() throws {
    let network = try Network(input: .image(channels: 1, height: 28, width: 28)) {
      Conv2D(16, kernel: 3, padding: .same, activation: .relu).repeated(3)
      GlobalAveragePool()
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal", batch: 32, replicas: 3)
    #expect(run.findings.filter { $0.severity != .note }.isEmpty, "\(run.findings.map(\.message))")
  }

  /// Convolutions that map all images to one direction do so whatever pool of a few positions stands among them; the
  /// weights are 0.01 times those of PyTorch's default, the biases 0.1.
  @Test func anAverageOfAFewPositionsHidesNothing() throws {
    let bias = try Initializer(parsingBias: "normal(std=0.1)")
    let network = try Network(input: .image(channels: 3, height: 16, width: 16)) {
      Conv2D(16, kernel: 3, padding: .same, activation: .relu, bias: bias)
      AveragePool(2)
      Conv2D(16, kernel: 3, padding: .same, activation: .relu, bias: bias).repeated(5)
      Flatten()
      Dense(10)
    }
    let run = try Examined.run(network, "normal(std=0.0005)", batch: 32, replicas: 3)
    #expect(run.findings(of: CollapsedInputs.name).map(\.severity) == [.error])
  }

  /// A cosine that rounding hides is not one that says nothing.
  @Test func aHiddenCosineCountsAsOne() throws {
    let made = try MadeUpRun { run in
      run.layers[10].activation.cosineSimilarity = nil
      run.layers[10].activation.belowResolution = ["cosineSimilarity"]
    }
    #expect(made.findings(CollapsedInputs()).map(\.severity) == [.error])
  }

  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { #expect($0.findings(of: CollapsedInputs.name).isEmpty, "\($0.initializer)") }
    // At criticality 1 - c falls as 9 pi^2 / 2 L^2: to 0.05 at 30 layers.
    let deep = try Examined.run(try Examined.mlp(depth: 30, width: 128, .relu), "he_normal")
    #expect(deep.findings(of: CollapsedInputs.name).isEmpty)
  }
}
