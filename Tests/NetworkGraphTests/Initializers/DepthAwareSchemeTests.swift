import Foundation
import NetworkGraph
import Testing

/// Initializers that look at a tensor's place in the network.
@Suite struct DepthAwareSchemeTests {
  private static func assign(_ spec: String, _ network: Network) throws -> InitializerAssignment {
    try InitializerAssignment(initializer: Initializer(parsing: spec), network: network)
  }

  /// The deviation that a parameter is drawn with: of a normal law, or 0 for the constant 0.
  private static func deviation(_ law: WeightLaw?) throws -> Double {
    switch try #require(law) {
    case .normal(0, let std): return std
    case .constant(0): return 0
    case let other:
      Issue.record("unexpected law \(other)")
      return .nan
    }
  }

  private static func deviations(_ spec: String, _ network: Network) throws -> [String: Double] {
    let assignment = try assign(spec, network)
    return try Dictionary(
      uniqueKeysWithValues: network.nodes.flatMap { node in
        try node.parameters.filter { $0.role == .weight && $0.initializer == nil }.map {
          ("\(node.name)/\($0.name)", try deviation(assignment.law(for: $0, of: node.name)))
        }
      })
  }

  /// Two blocks of three and of two weight layers behind a stem.
  private static func blocks() throws -> Network {
    try Network(input: .features(8)) {
      Dense(16)
      Residual {
        Dense(16, activation: .relu)
        Dense(32, activation: .relu)
        Dense(16)
      }
      Residual {
        Dense(16, activation: .relu)
        Dense(16)
      }
      Dense(4)
    }
  }

  @Test func branchesAreFoundFromTheirSums() throws {
    let structure = ResidualStructure(try Self.blocks())
    #expect(structure.branches.map(\.sum) == [4, 7])
    #expect(structure.branches.map(\.nodes) == [[1, 2, 3], [5, 6]])
    #expect(structure.branches.allSatisfy { $0.skip == 0 && $0.input == 1 })
    #expect(structure.classifier == 8)
  }

  /// A projection is the skip wherever it stands among the inputs, for it passes fewer weights.
  @Test func projectionsAreSkips() throws {
    let network = try Network(
      input: .features(4),
      placements: [
        .init(name: "stem", layer: Dense(6), inputs: ["input"]),
        .init(name: "a", layer: Dense(9, activation: .relu), inputs: ["stem"]),
        .init(name: "b", layer: Dense(5), inputs: ["a"]),
        .init(name: "projection", layer: Dense(5), inputs: ["stem"]),
        .init(name: "sum", layer: Add(), inputs: ["b", "projection"]),
        .init(name: "head", layer: Dense(2), inputs: ["sum"]),
      ])
    let structure = ResidualStructure(network)
    #expect(structure.branches.map(\.nodes) == [[1, 2]])
    #expect(structure.branches[0].skip == 1)
    let deviations = try Self.deviations("zero_last", network)
    #expect(deviations["b/weight"] == 0)
    #expect(deviations.filter { $0.value == 0 }.count == 1)
  }

  @Test func nestedBranchesOwnTheirLayers() throws {
    let network = try Network(input: .features(4)) {
      Residual {
        Dense(4)
        Residual {
          Dense(4); Dense(4)
        }
        Dense(4)
      }
      Dense(2)
    }
    let structure = ResidualStructure(network)
    #expect(structure.branches.map { structure.weightNodes(of: $0) } == [[1, 2], [0, 4]])
  }

  /// Zhang 2019: L^(-1/(2m-2)) on all but the last layer of a branch of m, with L = 2 branches.
  @Test func fixupScalesByDepth() throws {
    let d = try Self.deviations("fixup", Self.blocks())
    func he(_ fanIn: Double) -> Double { (2 / fanIn).squareRoot() }
    let expected = [
      "dense_1/weight": he(8), "dense_2/weight": he(16) * pow(2, -1.0 / 4), "dense_3/weight": he(16) * pow(2, -1.0 / 4),
      "dense_4/weight": 0, "dense_5/weight": he(16) * pow(2, -1.0 / 2), "dense_6/weight": 0, "dense_7/weight": 0,
    ]
    #expect(d.count == expected.count)
    for (key, value) in expected { #expect(abs(try #require(d[key]) - value) <= 1e-15, "\(key)") }
  }

  @Test func gpt2ScalesTheLastLayers() throws {
    let d = try Self.deviations("gpt2", Self.blocks())
    for (key, value) in d {
      let isLast = ["dense_4/weight", "dense_6/weight"].contains(key)
      #expect(abs(value - (isLast ? 0.02 / 2.0.squareRoot() : 0.02)) < 1e-17, "\(key)")
    }
    #expect(try Self.deviations("gpt2(std=0.1)", Self.blocks())["dense_1/weight"] == 0.1)
  }

  /// A normalization that ends a branch is silenced by its gain, and the weights before it stay.
  @Test func zeroLastPrefersTheGain() throws {
    let network = try Network(input: .features(4)) {
      Residual {
        Dense(4); BatchNorm(activation: .relu); Dense(4); BatchNorm()
      }
      Residual {
        LayerNorm(); Dense(4)
      }
      Residual {
        Dense(4); BatchNorm(hasGain: false)
      }
      Dense(2)
    }
    let assignment = try Self.assign("zero_gamma", network)
    func gain(_ name: String) throws -> WeightLaw? {
      assignment.gainLaw(for: try #require(network.nodes.first { $0.name == name }))
    }
    #expect(try gain("batch_norm_1") == .constant(1))
    #expect(try gain("batch_norm_2") == .constant(0))
    #expect(try gain("layer_norm_1") == .constant(1))
    let d = try Self.deviations("zero_last", network)
    #expect(d.filter { $0.value == 0 }.map(\.key).sorted() == ["dense_3/weight", "dense_4/weight"])
  }

  @Test func attentionAndRecurrenceEndInTheirOutputs() throws {
    let network = try Network(input: .sequence(steps: 3, features: 4)) {
      Residual { SelfAttention() }
      Residual { LSTM(4, returns: .sequence) }
      LastStep()
      Dense(2)
    }
    let d = try Self.deviations("zero_last", network)
    #expect(d.filter { $0.value == 0 }.map(\.key).sorted() == ["lstm_1/weight", "self_attention_1/output"])
  }

  /// What a layer names stands, and what looks at the whole network cannot be named by one.
  @Test func namedInitializersStand() throws {
    let network = try Network(input: .features(4)) {
      Residual { Dense(4, weights: .orthogonal) }
      Dense(2, weights: .glorotNormal)
    }
    let assignment = try Self.assign("fixup", network)
    #expect(assignment.weightLaw(for: network.nodes[0]) == .orthogonal(gain: 1, transposed: false))
    #expect(throws: SpecificationError.self) {
      try #require(LayerCatalogue.entry("dense")).layer(from: LayerFields(["units": "4", "weights": "fixup"]))
    }
  }

  @Test func skipInitFillsGains() throws {
    let network = try Network(input: .features(4)) {
      Residual(hasGain: true) { Dense(4) }
      Dense(2)
    }
    #expect(try Self.assign("skipinit", network).gainLaw(for: network.nodes[1]) == .constant(0))
    #expect(try Self.assign("he_normal", network).gainLaw(for: network.nodes[1]) == .constant(1))
    #expect(network.parameterCount == 4 * 4 + 4 + 1 + 4 * 2 + 2)
  }

  private static func message(_ spec: String, _ network: Network) -> String {
    do {
      _ = try assign(spec, network)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func whatIsMissingIsNamed() throws {
    let plain = try Network(input: .features(4)) {
      Dense(4); Dense(2)
    }
    for spec in ["fixup", "zero_last", "gpt2", "skipinit"] {
      #expect(Self.message(spec, plain).contains("\(spec) is made for residual branches"))
    }
    let without = try Network(input: .features(4)) {
      Residual { Dense(4) }; Dense(2)
    }
    #expect(Self.message("skipinit", without).contains("--branch-gain"))
    #expect(Self.message("skipinit", without).contains("'add_1' has none"))
    let swapped = try Network(
      input: .features(4),
      placements: [
        .init(name: "a", layer: Dense(4), inputs: ["input"]),
        .init(name: "sum", layer: Add(hasGain: true), inputs: ["a", "input"]),
      ])
    #expect(Self.message("skipinit", swapped).contains("inputs: [input, ...]"))
  }
}
