import Diagnosis
import Foundation
import NetworkGraph
import SampleStatistics
import SignalPropagation
import TestSupport
import Testing

/// Weights that come from a file: no law is declared, so that rules about laws say nothing, and theory goes by what was
/// measured where that is sound.
@Suite struct FileWeightsTests {
  private static let depth = 6, width = 256

  /// Normals of the wanted deviations, one array per layer.
  private static func weights(_ deviation: (Int) -> Double, mean: Double = 0, rank: Int? = nil) throws -> (
    Network, GivenTensors
  ) {
    var network = try Examined.mlp(depth: depth, width: width, .relu)
    network.bringsWeights = true
    var random = SplitMix(state: 11)
    func normal() -> Double {
      let u = Double.random(in: Double.ulpOfOne..<1, using: &random)
      return sqrt(-2 * log(u)) * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
    var given = GivenTensors()
    for node in network.nodes {
      guard let shape = node.layer.weightShape(from: node.inputShapes) else { continue }
      let deviation = deviation(shape.columns)
      if let rank {
        let left = (0..<shape.rows * rank).map { _ in normal() }, right = (0..<rank * shape.columns).map { _ in normal() }
        given.weights[node.name] = (0..<shape.count).map { place in
          let (row, column) = (place / shape.columns, place % shape.columns)
          let sum = (0..<rank).reduce(0) { $0 + left[row * rank + $1] * right[$1 * shape.columns + column] }
          return Float(deviation * sum / Double(rank).squareRoot())
        }
      } else {
        given.weights[node.name] = (0..<shape.count).map { _ in Float(mean + deviation * normal()) }
      }
      given.biases[node.name] = Array(repeating: 0, count: shape.rows)
    }
    return (network, given)
  }

  private static func he(_ fanIn: Int) -> Double { (2 / Double(fanIn)).squareRoot() }

  private func run(_ network: Network, _ given: GivenTensors) throws -> InitializerRun {
    try Examined.run(network, "file") { $0.given = given }
  }

  @Test func aNetworkWithoutWeightsIsRefused() throws {
    let network = try Examined.mlp(depth: 2, width: 8, .relu)
    let error = #expect(throws: SpecificationError.self) {
      try InitializerAssignment(initializer: .file, network: network)
    }
    #expect(error?.message == "file means the weights of a file, and the network network brings none")
  }

  @Test func nothingIsDeclaredAndNothingIsHeldAgainstIt() throws {
    // Ten times He's deviation: every rule about the declared law would complain.
    let (network, given) = try Self.weights { 10 * Self.he($0) }
    let run = try run(network, given)
    let laws = [
      WeightVariance.name, WeightMean.name, WeightOutliers.name, Orthogonality.name, GainMismatch.name, Bias.name,
      TheoryDisagreement.name,
    ]
    #expect(run.findings.allSatisfy { !laws.contains($0.rule) }, "\(run.findings.map(\.rule))")
    #expect(run.layers.allSatisfy { $0.weights?.expectedVariance == nil && $0.weights?.outliers == nil })
    #expect(run.parameters.allSatisfy { $0.expectedMean == nil && $0.initializer == "file" })
    // What the weights do to the signal is still found: 100 times the second moment per layer.
    #expect(!run.findings.isEmpty)
    #expect(run.initializer == "file")
    #expect(run.replicaNote?.contains("; the weights are the file's.") == true)
  }

  /// Theory's mean of log10 m2 is that over drawings, of which there is one here: within the normal quantile of one in a
  /// million, divided among the 13 moments, and a tenth for what a first-order theory leaves out.
  @Test func theoryTakesTheMeasuredVariance() throws {
    let (network, given) = try Self.weights { 1.3 * Self.he($0) }
    let run = try run(network, given)
    #expect(run.theoryNote == nil)
    let bound = Estimators.normalQuantile(twoSided: 1e-6 / 13)
    for layer in run.layers {
      let measured = try #require(layer.preactivation.log10SecondMoment)
      let predicted = try #require(layer.preactivation.theoryLog10)
      let error = try #require(layer.preactivation.theoryStandardError)
      #expect(abs(measured - predicted) <= bound * error + 0.1 * abs(predicted), "\(layer.name)")
    }
    // Five replicas of one drawing scatter as much around theory as one: the error is sqrt(5) times that of five drawings.
    let drawn = try Examined.run(network, "normal(std=\(1.3 * Self.he(Self.width)))")
    let one = try #require(run.layers[3].preactivation.theoryStandardError)
    let five = try #require(drawn.layers[3].preactivation.theoryStandardError)
    #expect(abs(one / five - 5.0.squareRoot()) < 0.05)
  }

  @Test func weightsThatDependOnEachOtherHaveNoTheory() throws {
    let (network, given) = try Self.weights(Self.he, rank: 8)
    let run = try run(network, given)
    #expect(
      run.theoryNote?.hasPrefix("theory assumes weights that do not depend on each other, and those of dense_1 do") == true)
    #expect(run.layers.allSatisfy { $0.preactivation.theory == nil })
  }

  @Test func weightsWithAMeanHaveNoTheory() throws {
    let (network, given) = try Self.weights(Self.he, mean: 0.03)
    #expect(try run(network, given).theoryNote?.hasPrefix("theory assumes weights of mean 0, and those of dense_1") == true)
  }

  @Test func zerosOfAFileAreMeant() throws {
    var (network, given) = try Self.weights(Self.he)
    network = try Network(input: .features(Self.width)) {
      Dense(Self.width, activation: .relu)
      Residual {
        Dense(Self.width, activation: .relu); Dense(Self.width)
      }
      Dense(10)
    }
    network.bringsWeights = true
    given.weights["dense_3"] = Array(repeating: 0, count: Self.width * Self.width)
    given.weights["dense_4"] = given.weights.removeValue(forKey: "dense_7")
    for name in ["dense_5", "dense_6"] { given.weights[name] = nil }
    given.biases = given.biases.filter { ["dense_1", "dense_2", "dense_3"].contains($0.key) }
    given.biases["dense_4"] = Array(repeating: 0, count: 10)
    let findings = try run(network, given).findings(of: DeadUnits.name)
    #expect(findings.map(\.severity) == [.note], "a branch that starts from zero by design")
  }
}

/// Measuring points of a graph as rules and theory see them.
@Suite struct GraphLayerTests {
  private func point(
    _ traits: OperatorTraits, _ theory: LayerTheory? = nil, parameters: [ParameterTensor] = [], scope: [String] = []
  ) -> GraphLayer {
    guard let theory else {
      return GraphLayer(
        kind: "linear", traits: traits, activation: .identity, scope: scope, value: "v", parameters: parameters,
        shape: .features(4))
    }
    return GraphLayer(
      kind: "linear", traits: traits, activation: .relu, scope: scope, value: "v", parameters: parameters,
      shape: .features(4), theory: theory)
  }

  @Test func biasesAndGainsStayTheFiles() throws {
    let shape = WeightShape(outputs: 4, inputs: 4)
    let layer = point(
      [.contracts, .rowPerUnit], .linear,
      parameters: [
        ParameterTensor(role: .weight, shape: shape, count: 16, initializer: nil),
        ParameterTensor(role: .bias, shape: shape, count: 4, initializer: nil),
      ])
    let node = Network.Node(
      name: "fc", layer: layer, inputs: [Network.inputName], inputShapes: [.features(4)], shape: .features(4))
    let network = Network(name: "model", input: .features(4), nodes: [node])
    #expect(network.bringsWeights && network.outputIndex == 0)
    for initializer in [Initializer.heNormal, .torchDefault] {
      let assignment = try InitializerAssignment(initializer: initializer, network: network)
      let laws = node.parameters.map { assignment.law(for: $0, of: "fc") }
      #expect(laws[0] != .unknown)
      #expect(laws[1] == .unknown)
    }
    let file = try InitializerAssignment(initializer: .file, network: network)
    #expect(node.parameters.map { file.law(for: $0, of: "fc") } == [.unknown, .unknown])
    #expect(network.runName(for: .file) == "file")
  }

  @Test func remediesLeaveTheGraphAlone() {
    let layer = point([.contracts, .rowPerUnit], .linear)
    let node = { (name: String, input: String) in
      Network.Node(name: name, layer: layer, inputs: [input], inputShapes: [.features(4)], shape: .features(4))
    }
    let network = Network(
      name: "model", input: .features(4), nodes: [node("a", Network.inputName), node("b", "a"), node("c", "b")])
    #expect(NetworkChange.normalized(network) == nil)
    #expect(NetworkChange.skipped(network) == nil)
    #expect(NetworkChange.withTanh(network) == nil)
    #expect(NetworkChange.withBiases(network, .zeros) == nil)
    #expect(NetworkChange.withoutBiases(network) == nil)
  }

  @Test(arguments: [
    (["transformer", "h", "0", "attn"], "transformer.h.0.attn"),
    (["", "transformer", "transformer.h", "transformer.h.0"], "transformer.h.0"), (["0", "3"], "0.3"), ([], ""),
    (["layer1", "layer1.0"], "layer1.0"),
  ]) func scopesOfEitherKindAreOnePath(scope: [String], path: String) {
    #expect(LayerOrigin(scope: scope, value: "v").module == path)
  }
}
