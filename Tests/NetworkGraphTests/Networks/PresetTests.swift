import NetworkGraph
import Testing

@Suite struct PresetTests {
  @Test func theDefaultIsTwentyLayersOf256() throws {
    let network = try Preset.mlp.make(PresetOptions())
    #expect(network.name == "mlp")
    #expect(network.nodes.count == 21)
    // 20 * (256 * 256 + 256) + 256 * 10 + 10.
    #expect(network.parameterCount == 1_318_410)
    #expect(network.nodes.dropLast().allSatisfy { $0.layer.activation == .relu })
    #expect(network.nodes[20].name == "output")
    #expect(network.nodes[20].layer.activation == .identity)
    // The weights are for the audit to fill, the biases are zero.
    #expect(network.nodes.allSatisfy { $0.parameters.map { $0.initializer?.description } == [nil, "zeros"] })
  }

  @Test func optionsReachTheLayers() throws {
    let network = try Preset.mlp.make(
      PresetOptions(
        depth: 2, width: 3, inputs: 5, outputs: 7, activation: .tanh, biasStandardDeviation: 0.25,
        outputInitializer: .glorotNormal))
    #expect(network.input == .features(5))
    #expect(network.nodes.map(\.shape) == [.features(3), .features(3), .features(7)])
    #expect(network.hiddenActivation == "tanh")
    #expect(
      network.nodes.map { $0.parameters.map { $0.initializer?.description } }
        == [[nil, "normal(std=0.25)"], [nil, "normal(std=0.25)"], ["glorot_normal", "zeros"]])
  }

  @Test func presetsAreFoundByName() {
    for preset in Preset.all { #expect(Preset.named(preset.name)?.summary == preset.summary) }
    #expect(Preset.named("mpl") == nil)
    #expect(Set(Preset.all.map(\.name)).count == Preset.all.count)
  }
}
