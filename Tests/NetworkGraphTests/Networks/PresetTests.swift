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

  /// Sizes that a user does not give; `make waiting` measures how long each preset then takes.
  @Test func largePresetsHaveSmallerDefaults() {
    let block = Preset.transformerBlock.defaults
    #expect(block.depth >= 4 && block.width >= 128 && block.replicas >= 3)
    #expect(Preset.resNet20.defaults.batch == 128 && Preset.resNet20.defaults.replicas == 3)
    #expect(Preset.mlp.defaults == Preset.Defaults())
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

  private func make(_ name: String, _ edit: (inout PresetOptions) -> Void = { _ in }) throws -> Network {
    var options = PresetOptions(depth: 4, width: 8, inputs: 6, outputs: 10)
    edit(&options)
    return try #require(Preset.named(name)).make(options)
  }

  /// Counts that the literature quotes, or that add up by hand.
  @Test func parameterCountsAreTheLiteratures() throws {
    // LeCun 1998 with dense last layers: 156 + 2,416 + 48,120 + 10,164 + 850.
    #expect(try make("lenet").parameterCount == 61_706)
    // He 2016 with projections where the stage changes (option B), batch normalization's gains and shifts included.
    #expect(try make("resnet-20").parameterCount == 272_474)
    // 896 + 18,496 + (64 * 6 * 6 + 1) * 64 + 650.
    #expect(try make("cifar-cnn").parameterCount == 167_562)
    // Chollet 2018, section 6.2: 320,000 + 2,080 + 33.
    #expect(try make("imdb-rnn").parameterCount == 322_113)
    // Attention 263,168, feed-forward 525,568, three norms of 512, ten outputs of 257.
    #expect(try make("transformer-block") { ($0.depth, $0.width) = (1, 256) }.parameterCount == 792_842)
    #expect(try make("transformer-block") { ($0.depth, $0.width) = (1, 256) }.output == .features(10))
  }

  @Test func imagesPassTheStagesOfResNet() throws {
    let network = try make("resnet-20")
    let sums = network.nodes.filter { $0.layer is Add }.map(\.shape.dimensions)
    #expect(
      sums == Array(repeating: [16, 32, 32], count: 3) + Array(repeating: [32, 16, 16], count: 3)
        + Array(repeating: [64, 8, 8], count: 3))
    // Twenty layers with weights on the way, two projections beside it.
    #expect(network.nodes.count { $0.layer is Conv2D || $0.layer is Dense } == 22)
    #expect(ResidualStructure(network).branches.count == 9)
    // A gain a sum.
    #expect(try make("resnet-20") { $0.branchGain = true }.parameterCount == 272_474 + 9)
  }

  /// h_1 = f(norm(W h + b)), then h + f(norm(W h + b)), and a linear output.
  @Test(arguments: PresetOptions.Normalizing.allCases, [false, true])
  func hiddenLayersAreAsDefined(norm: PresetOptions.Normalizing, residual: Bool) throws {
    let network = try make("mlp") {
      $0.normalization = norm
      $0.residual = residual
    }
    let layer = norm == .none ? ["dense"] : ["dense", "\(norm.rawValue)_norm"]
    let block = residual ? layer + ["add"] : layer
    #expect(network.nodes.map(\.layer.kind) == layer + block + block + block + ["dense"])
    // The activation comes last in a layer, and a sum has none.
    for node in network.nodes.dropLast() {
      let ends = norm == .none ? node.layer is Dense : !(node.layer is Dense || node.layer is Add)
      #expect(node.layer.activation == (ends ? .relu : .identity), "\(node.name)")
    }
    for (index, node) in network.nodes.enumerated() where node.layer is Add {
      // The skip starts where the block does.
      #expect(node.inputs == [network.nodes[index - layer.count - 1].name, network.nodes[index - 1].name])
    }
  }

  @Test func blocksOfTheResidualMLP() throws {
    let network = try make("resnet-mlp") { $0.normalization = .layer }
    let block = ["dense", "layer_norm", "dense", "add"]
    #expect(network.nodes.map(\.layer.kind) == ["dense"] + block + block + block + block + ["dense"])
    let plain = network.parameterCount
    #expect(try make("resnet-mlp") { ($0.normalization, $0.branchGain) = (.layer, true) }.parameterCount == plain + 4)
  }

  @Test func imagesThatAreTooSmallAreRefused() throws {
    for name in ["lenet", "cifar-cnn"] {
      let error = #expect(throws: NetworkError.self) {
        try self.make(name) { $0.image = .image(channels: 1, height: 4, width: 4) }
      }
      #expect(error?.node != nil && error?.hint != nil, "\(name)")
    }
  }

  /// An option that a preset does not name leaves it as it is; one that it names does not.
  @Test(arguments: Preset.all.map(\.name))
  func optionsAreWhatThePresetHeeds(name: String) throws {
    let changes: [(PresetOptions.Name, (inout PresetOptions) -> Void)] = [
      (.activation, { $0.activation = .tanh }), (.depth, { $0.depth = 5 }), (.width, { $0.width = 12 }),
      (.inputs, { $0.inputs = 7 }), (.outputs, { $0.outputs = 3 }), (.outputInitializer, { $0.outputInitializer = .zeros }),
      (.biasStandardDeviation, { $0.biasStandardDeviation = 0.5 }), (.residual, { $0.residual = true }),
      (.normalization, { $0.normalization = .layer }), (.branchGain, { $0.branchGain = true }),
    ]
    #expect(changes.map(\.0) == PresetOptions.Name.allCases)
    let heeded = try #require(Preset.named(name)).options
    // A gain needs a branch.
    let base: (inout PresetOptions) -> Void = { if name == "mlp" { $0.residual = true } }
    for (option, change) in changes {
      let start: (inout PresetOptions) -> Void = option == .residual ? { _ in } : base
      let before = try make(name, start)
      let after = try make(name) {
        start(&$0)
        change(&$0)
      }
      #expect((before != after) == heeded.contains(option), "\(name) \(option)")
    }
  }
}
