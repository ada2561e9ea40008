import NetworkGraph
import Testing

/// What the result builder puts together: order, names, wiring.
@Suite struct NetworkBuilderTests {
  @Test func theClassicMultilayerPerceptronHasTheCountsOfItsHandComputation() throws {
    let network = try Network(input: .features(784)) {
      Dense(256, activation: .relu).repeated(20)
      Dense(10)
    }
    #expect(network.nodes.count == 21)
    // 784 * 256 + 256, 256 * 256 + 256 and 256 * 10 + 10.
    #expect(network.nodes[0].parameterCount == 200_960)
    #expect(network.nodes[1...19].allSatisfy { $0.parameterCount == 65_792 })
    #expect(network.nodes[20].parameterCount == 2_570)
    #expect(network.parameterCount == 200_960 + 19 * 65_792 + 2_570)
    #expect(network.parameterCount == 1_453_578)
    let fans = network.nodes.map { $0.layer.weightShape(from: $0.inputShapes)?.fans }
    #expect(fans[0] == Fans(fanIn: 784, fanOut: 256))
    #expect(fans[1...19].allSatisfy { $0 == Fans(fanIn: 256, fanOut: 256) })
    #expect(fans[20] == Fans(fanIn: 256, fanOut: 10))
    #expect(network.output == .features(10))
    #expect(network.name == "network")
  }

  @Test func unnamedLayersAreNumberedByKindAndChained() throws {
    let network = try Network(name: "chain", input: .features(3)) {
      Dense(4)
      Dense(5).named("middle")
      Residual { Dense(5) }
      Dense(2)
    }
    #expect(network.name == "chain")
    // The named layer counts, so that a number tells the place among layers of its kind.
    #expect(network.nodes.map(\.name) == ["dense_1", "middle", "dense_3", "add_1", "dense_4"])
    #expect(network.nodes.map(\.inputs) == [["input"], ["dense_1"], ["middle"], ["middle", "dense_3"], ["add_1"]])
    #expect(network.nodes.map(\.shape) == [.features(4), .features(5), .features(5), .features(5), .features(2)])
  }

  @Test func residualBlocksNestRepeatAndActOnTheirSum() throws {
    let network = try Network(input: .features(6)) {
      Residual(activation: .relu) {
        Dense(4, activation: .tanh)
        Residual { Dense(4) }
        Dense(6, weights: .zeros)
      }.repeated(2)
    }
    #expect(
      network.nodes.map(\.name) == [
        "dense_1", "dense_2", "add_1", "dense_3", "add_2", "dense_4", "dense_5", "add_3", "dense_6", "add_4",
      ])
    #expect(network.nodes[2].inputs == ["dense_1", "dense_2"])
    #expect(network.nodes[4].inputs == ["input", "dense_3"])
    #expect(network.nodes[9].inputs == ["add_2", "dense_6"])
    #expect(network.nodes[2].layer.activation == .identity)
    #expect(network.nodes[4].layer.activation == .relu)
    #expect(network.nodes[4].parameterCount == 0)
  }

  @Test(arguments: [false, true]) func conditionsAndLoopsBuild(wide: Bool) throws {
    let network = try Network(input: .features(2)) {
      for units in [3, 4] { Dense(units) }
      if wide { Dense(100) } else { Dense(5) }
      if wide { Dense(7).named("only-wide") }
      Dense(1).repeated(0)
    }
    #expect(network.nodes.map(\.shape.count) == (wide ? [3, 4, 100, 7] : [3, 4, 5]))
  }

  @Test func layersKeepTheirOwnInitializers() throws {
    let network = try Network(input: .features(8)) {
      Dense(8, activation: .relu, weights: .heNormal)
      Dense(8, weights: .zeros, bias: .constant(0.5))
      Dense(4, weights: .glorotUniform, hasBias: false)
      Dense(2)
    }
    let initializers = network.nodes.map { $0.parameters.map { $0.initializer?.description } }
    #expect(initializers == [["he_normal", nil], ["zeros", "constant(value=0.5)"], ["glorot_uniform"], [nil, nil]])
    #expect(
      network.nodes.map { $0.parameters.map(\.role) } == [
        [.weight, .bias], [.weight, .bias], [.weight], [.weight, .bias],
      ])
    #expect(network.nodes.map(\.parameterCount) == [72, 72, 32, 10])
    #expect(network.nodes[0].parameters.map(\.count) == [64, 8])
    // A bias carries the shape of the weights that it goes with.
    #expect(network.nodes[0].parameters[1].shape == WeightShape(outputs: 8, inputs: 8))
  }

  @Test func explicitInputsMakeAGraph() throws {
    var assembly = NetworkAssembly()
    let stem = assembly.place(Dense(4))
    let left = assembly.place(Dense(4), name: "left", inputs: [stem])
    let right = assembly.place(Dense(4), name: "right", inputs: [stem])
    assembly.place(Add(), inputs: [left, right, stem])
    #expect(assembly.current == "add_1")
    let network = try Network(input: .features(2), placements: assembly.placements)
    #expect(network.nodes[3].inputs == ["left", "right", "dense_1"])
    #expect(network.nodes[3].inputShapes == [.features(4), .features(4), .features(4)])
  }

  @Test func theHiddenActivationIsSharedOrMixed() throws {
    let shared = try Network(input: .features(2)) {
      Dense(3, activation: .tanh).repeated(2); Dense(1)
    }
    let mixed = try Network(input: .features(2)) {
      Dense(3, activation: .tanh); Dense(3, activation: .relu); Dense(1)
    }
    let residual = try Network(input: .features(3)) {
      Dense(3, activation: .relu); Residual { Dense(3, activation: .relu) }; Dense(1)
    }
    let single = try Network(input: .features(2)) { Dense(1, activation: .sigmoid) }
    #expect(shared.hiddenActivation == "tanh")
    #expect(mixed.hiddenActivation == "mixed")
    // Sums have no parameters and do not count.
    #expect(residual.hiddenActivation == "relu")
    #expect(single.hiddenActivation == "sigmoid")
  }
}
