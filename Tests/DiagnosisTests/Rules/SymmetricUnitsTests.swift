import Diagnosis
import NetworkGraph
import SignalPropagation
import TestSupport
import Testing

@Suite struct SymmetricUnitsTests {
  @Test(arguments: ["zeros", "constant(value=0.02)", "ones"], ["relu", "tanh", "sigmoid"])
  func constantsAreSymmetric(initializer: String, activation: String) throws {
    let run = try Examined.run(try Examined.mlp(depth: 4, width: 32, Activation(parsing: activation)), initializer)
    let finding = try #require(run.findings(of: SymmetricUnits.name).first)
    #expect(finding.severity == .error && SymmetricUnits.status == .symmetric)
    #expect(finding.layers == [1, 2, 3, 4])
    #expect(finding.message.hasPrefix("All units of layers dense_1 to dense_4 are copies"))
  }

  /// Random weights above give the copies different gradients: training parts them.
  @Test func copiesBelowRandomWeightsAreAWarning() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .tanh)
      Dense(10, weights: .lecunNormal)
    }
    let run = try Examined.run(network, "constant(value=0.02)")
    #expect(run.findings(of: SymmetricUnits.name).map(\.severity) == [.warning])
  }

  /// Below a layer of copies with constant weights nothing parts, whatever stands at the output.
  @Test func copiesBelowConstantWeightsStay() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .tanh).repeated(3)
      Dense(10, weights: .lecunNormal)
    }
    let finding = try #require(
      try Examined.run(network, "constant(value=0.02)").findings(of: SymmetricUnits.name).first)
    #expect(finding.severity == .error && finding.layers == [1, 2])
  }

  /// Random biases make units with equal weights differ without making them useful: no verdict says that they train.
  @Test func equalWeightsUnderRandomBiasesAreAWarning() throws {
    let run = try Examined.run(
      try Examined.mlp(depth: 3, width: 32, .relu, bias: "normal(std=0.2)"), "constant(value=0.05)")
    let finding = try #require(run.findings(of: SymmetricUnits.name).first)
    #expect(finding.severity == .warning && finding.layers == [1, 2, 3])
    #expect(finding.message.hasPrefix("All weights of layers dense_1 to dense_3 have the same value"))
    #expect(run.verdict?.trains != true)
  }

  /// A branch of copies is worth one unit, and what goes around it learns.
  @Test func copiesInABranchAreAWarning() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .tanh, weights: .lecunNormal)
      Residual {
        Dense(32, activation: .tanh)
        Dense(32)
      }
      Dense(10, weights: .lecunNormal)
    }
    #expect(
      try Examined.run(network, "constant(value=0.02)").findings(of: SymmetricUnits.name).map(\.severity) == [.warning])
  }

  /// Two rows of 64 given twice.
  @Test func aPairOfCopiesIsSeen() throws {
    let n = 64
    var generator = SplitMix(state: 3)
    var weights = (0..<n * n).map { _ in Float.random(in: -0.2...0.2, using: &generator) }
    weights.replaceSubrange(n..<2 * n, with: weights[0..<n])
    let run = try Examined.run(try Examined.mlp(depth: 3, width: n, .tanh), "lecun_uniform") {
      $0.given.weights["dense_2"] = weights
    }
    let finding = try #require(run.findings(of: SymmetricUnits.name).first)
    #expect(finding.severity == .warning && finding.layers == [2])
    #expect(finding.number("copies") == 2.0 / 64)
  }

  /// Dead and saturated units are alike without being copies.
  @Test func constantUnitsAreNotCopies() throws {
    let dead = try Examined.run(
      try Examined.mlp(depth: 2, width: 64, .relu, bias: "normal(mean=-2,std=1)"), "lecun_normal")
    #expect(try #require(dead.layers[0].activation.deadFraction) > 0.2)
    #expect(dead.findings(of: SymmetricUnits.name).isEmpty)
    let saturated = try Examined.run(try Examined.mlp(depth: 3, width: 64, .hardTanh), "normal(std=50)")
    #expect(saturated.findings(of: SymmetricUnits.name).isEmpty)
  }

  @Test func randomWeightsAreSilent() throws {
    try Examined.healthy { #expect($0.findings(of: SymmetricUnits.name).isEmpty, "\($0.initializer)") }
  }
}
