import Diagnosis
import NetworkGraph
import SignalPropagation
import TestSupport
import Testing

/// A disagreement names the assumption that fails, and healthy networks have none.
@Suite struct TheoryDisagreementTests {
  /// 300 independent networks at a stated rate of 0.001: four findings or more have probability 3e-4.
  @Test func healthyNetworksAgree() throws {
    var findings: [String] = []
    var judged = 0
    let activations = ["tanh", "relu", "gelu", "selu", "erf", "sin", "leaky_relu", "silu", "sigmoid", "elu"]
    let initializers = ["lecun_normal", "glorot_uniform", "orthogonal"]
    for index in 0..<300 {
      let network = try Examined.mlp(
        depth: [3, 6, 12][index % 3], width: [32, 64, 96][index / 3 % 3], Activation(parsing: activations[index % 10]),
        bias: index % 2 == 0 ? nil : "normal(std=0.2)")
      let run = try Examined.run(network, initializers[index / 7 % 3], batch: 32, seed: UInt64(index))
      judged += run.residuals.count
      findings += run.disagreements.map(\.message)
    }
    #expect(judged > 300 * 12)
    #expect(findings.count < 4, "\(findings)")
  }

  @Test(arguments: [
    ("uniform(low=0,high=0.1)", "weight mean"), ("constant(value=0.02)", "weight mean"), ("identity", "correlated weights"),
    ("dirac", "correlated weights"),
  ]) func theDeclaredLawIsNamed(initializer: String, assumption: String) throws {
    let run = try Examined.run(try Examined.mlp(depth: 5, width: 64, .relu), initializer)
    #expect(run.assumption == .text(assumption))
    #expect(run.disagreements.count == 1 && run.disagreements[0].severity == .warning)
    #expect(run.disagreements[0].layers.count > 1)
  }

  @Test func aBiasMeanIsNamed() throws {
    let network = try Examined.mlp(depth: 5, width: 128, .relu, bias: "constant(value=1)")
    #expect(try Examined.run(network, "he_normal").assumption == .text("bias mean"))
  }

  /// Weights that are not what their initializer is said to draw.
  @Test(arguments: ["weight variance", "weight mean", "correlated weights"])
  func theMeasuredWeightsAreNamed(assumption: String) throws {
    let n = 64
    let network = try Examined.mlp(depth: 3, width: n, .tanh)
    var generator = SplitMix(state: 7)
    func uniform() -> Float { Float.random(in: -1...1, using: &generator) * (3 / Float(n)).squareRoot() }
    let weights: [Float]
    switch assumption {
    case "weight variance": weights = (0..<n * n).map { _ in 1.5 * uniform() }
    case "weight mean": weights = (0..<n * n).map { _ in uniform() + 0.1 }
    default:
      // Every unit the same, and large enough that theory notices.
      let row = (0..<n).map { _ in 2 * uniform() }
      weights = (0..<n).flatMap { _ in row }
    }
    let run = try Examined.run(network, "lecun_uniform", replicas: 8) { $0.given.weights["dense_2"] = weights }
    #expect(run.assumption == .text(assumption))
  }

  @Test func structureOfTheInputIsNamed() throws {
    // One weight a unit reaches each sample: its square scatters as a uniform's, not as a normal's.
    let run = try Examined.run(
      try Examined.mlp(depth: 2, width: 512, inputs: 512, .relu),
      "variance_scaling(scale=2,mode=fan_in,distribution=uniform)",
      input: .samples(OneHotSamples(features: 512), .raw), batch: 512, replicas: 40)
    if let assumption = run.assumption { #expect(assumption == .text("structured input")) }
    let sines = try Examined.run(
      try Examined.mlp(depth: 2, width: 512, inputs: 512, .sin),
      "variance_scaling(scale=8,mode=fan_in,distribution=uniform)",
      input: .samples(OneHotSamples(features: 512), .raw), batch: 512)
    #expect(sines.assumption == .text("structured input"))
    #expect(sines.disagreements[0].severity == .note)
  }

  @Test func aWidthTooSmallIsNamed() throws {
    let run = try Examined.run(try Examined.mlp(depth: 30, width: 12, .gelu), "he_normal", replicas: 60)
    #expect(run.assumption == .text("finite width"))
    #expect(run.disagreements[0].severity == .note)
  }
}
