import Foundation
import ModelFiles
import NetworkGraph
import Testing

/// What valid files mean.
@Suite struct NetworkYAMLTests {
  @Test func theDocumentedExample() throws {
    let network = try read(
      """
      name: my-mlp
      input: 784
      layers:
        - dense: {units: 256, activation: relu, repeat: 20}
        - residual:
            - dense: {units: 256, activation: relu}
            - dense: {units: 256, weights: zeros}
        - dense: {units: 10, name: head, weights: glorot_uniform}
      """)
    let expected = try Network(name: "my-mlp", input: .features(784)) {
      Dense(256, activation: .relu).repeated(20)
      Residual {
        Dense(256, activation: .relu)
        Dense(256, weights: .zeros)
      }
      Dense(10, weights: .glorotUniform).named("head")
    }
    #expect(network == expected)
    #expect(network.nodes.count == 24)
    // 784 * 256 + 256, 21 times 256 * 256 + 256, 256 * 10 + 10.
    #expect(network.parameterCount == 200_960 + 21 * 65_792 + 2_570)
  }

  @Test func theDocumentedConvolutionalNetwork() throws {
    let network = try read(
      """
      input: [1, 28, 28]
      layers:
        - conv2d: {channels: 32, kernel: 3, padding: same, activation: relu}
        - max_pool: 2
        - conv2d: {channels: 64, kernel: [3, 5], stride: [1, 2], bias: none}
        - batch_norm: {activation: relu}
        - global_average_pool
        - dropout: 0.5
        - dense: 10
      """)
    let expected = try Network(input: .image(channels: 1, height: 28, width: 28)) {
      Conv2D(32, kernel: 3, padding: .same, activation: .relu)
      MaxPool(2)
      Conv2D(64, kernel: [3, 5], stride: [1, 2], hasBias: false)
      BatchNorm(activation: .relu)
      GlobalAveragePool()
      Dropout(0.5)
      Dense(10)
    }
    #expect(network == expected)
    // 32 (9 + 1), 64 x 32 x 15, a gain and a shift for each of 64 channels, 10 (64 + 1).
    #expect(network.parameterCount == 320 + 30_720 + 128 + 650)
  }

  @Test func aBareNumberStandsForUnits() throws {
    let short = try read("input: 3\nlayers: [dense: 5, dense: 2]")
    let long = try read("input: 3\nlayers: [dense: {units: 5}, dense: {units: 2}]")
    #expect(short == long)
    #expect(short.name == "network")
    #expect(short.nodes.map(\.shape) == [.features(5), .features(2)])
  }

  @Test func blockAndFlowStyleAreTheSame() throws {
    let block = try read(
      """
      # A comment with *stars*, an & and a 'quote
      input: [3]
      layers:
      - dense:
          units: 4        # hidden
          activation: leaky_relu(slope=0.2)
          bias: none
      - dense:
          units: 2
          bias: constant(0.5)
      """)
    let flow = try read(
      "{input: 3, layers: [{dense: {units: 4, activation: leaky_relu(slope=0.2), bias: none}}, "
        + "{dense: {units: 2, bias: constant(0.5)}}]}")
    #expect(block == flow)
    #expect(block.nodes[0].layer.activation == .leakyReLU(slope: 0.2))
    #expect(block.nodes[0].parameters.map(\.role) == [.weight])
    #expect(block.nodes[1].parameters[1].initializer == .constant(0.5))
  }

  @Test func residualBlocksNest() throws {
    let network = try read(
      """
      input: 4
      layers:
        - residual:
            - dense: 8
            - residual:
                - dense: {units: 8, repeat: 2}
            - dense: 4
        - dense: 1
      """)
    let expected = try Network(input: .features(4)) {
      Residual {
        Dense(8); Residual { Dense(8).repeated(2) }; Dense(4)
      }
      Dense(1)
    }
    #expect(network == expected)
    #expect(network.nodes.map(\.name) == ["dense_1", "dense_2", "dense_3", "add_1", "dense_4", "add_2", "dense_5"])
  }

  /// Blocks repeat as layers do, nested ones, too: each repetition is written out.
  @Test func residualBlocksRepeat() throws {
    let network = try read(
      """
      input: 4
      layers:
        - residual: {repeat: 3, gain: true, layers: [dense: {units: 4, activation: relu}, dense: 4]}
        - residual:
            repeat: 2
            layers:
              - residual: {repeat: 2, layers: [dense: {units: 4, repeat: 2}]}
        - dense: 1
      """)
    let expected = try Network(input: .features(4)) {
      Residual(hasGain: true) {
        Dense(4, activation: .relu); Dense(4)
      }.repeated(3)
      Residual { Residual { Dense(4).repeated(2) }.repeated(2) }.repeated(2)
      Dense(1)
    }
    #expect(network == expected)
    // 3 x 3, then 2 x (2 x 3 + 1), then 1.
    #expect(network.nodes.count == 9 + 14 + 1)
  }

  /// A residual block with fields of its sum, and sums with gains.
  @Test func sumsHaveGains() throws {
    let network = try read(
      """
      input: 4
      layers:
        - residual: {gain: true, activation: relu, layers: [dense: 4]}
        - residual:
            gain: 0
            layers:
              - dense: 4
        - dense: {units: 4, name: a}
        - add: {inputs: [add_2, a], gain: "normal(std=0.1)"}
        - add: {inputs: [add_2, add_3], gain: false}
      """)
    let sums = network.nodes.compactMap { $0.layer as? Add }
    #expect(sums.map(\.hasGain) == [true, true, true, false])
    #expect(sums.map { $0.gain?.description } == [nil, "constant", "normal(std=0.1)", nil])
    #expect(sums[0].activation == .relu)
    #expect(network.parameterCount == 3 * 20 + 3)
    // What is written is read back.
    #expect(try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network)) == network)
    for (text, message) in [
      ("residual: {gain: true}", "a residual block needs layers"),
      ("residual: {gian: true, layers: [dense: 4]}", "unknown key 'gian'. Did you mean 'gain'?"),
      ("residual: {gain: 1e200, layers: [dense: 4]}", "gain must be a finite number"),
      ("dense: {units: 4, weights: fixup}", "fixup looks at the whole network and cannot fill one layer's weights"),
    ] {
      let error = refusal { try read("input: 4\nlayers:\n  - \(text)\n") }
      #expect(error.map { "\($0)".contains(message) } == true, "\(String(describing: error))")
    }
  }

  @Test func inputsMakeAGraph() throws {
    let network = try read(
      """
      input: 4
      layers:
        - dense: {units: 6, name: stem}
        - dense: {units: 6, name: left, activation: tanh}
        - dense: {units: 6, name: right, inputs: stem}
        - add: {inputs: [left, right, stem], activation: relu, name: joined}
        - add: {inputs: [joined, joined]}
        - dense: 2
      """)
    #expect(
      network.nodes.map(\.inputs)
        == [["input"], ["stem"], ["stem"], ["left", "right", "stem"], ["joined", "joined"], ["add_2"]])
    #expect(network.nodes[3].layer.activation == .relu)
  }

  @Test func specificationsWithCommasStandBareInBlocksAndQuotedInBraces() throws {
    let specification = "variance_scaling(scale=2.25,mode=fan_out,distribution=uniform)"
    let block = try read("input: 3\nlayers:\n  - dense:\n      units: 2\n      weights: \(specification)\n")
    let double = try read("input: 3\nlayers:\n  - dense: {units: 2, weights: \"\(specification)\"}\n")
    let single = try read("input: 3\nlayers:\n  - dense: {weights: '\(specification)', units: 2}\n")
    let initializer = try Initializer(parsing: specification)
    for network in [block, double, single] {
      #expect(network.nodes[0].parameters[0].initializer == initializer)
    }
  }

  @Test func lineEndingsMarksAndUnicodeAreTaken() throws {
    let plain = try read("name: Grüße\ninput: 3\nlayers:\n  - dense: {units: 2, name: ausgang_ä}\n")
    #expect(try read("name: Grüße\r\ninput: 3\r\nlayers:\r\n  - dense: {units: 2, name: ausgang_ä}\r\n") == plain)
    #expect(try read("\u{FEFF}name: Grüße\ninput: 3\nlayers:\n  - dense: {units: 2, name: ausgang_ä}\n") == plain)
    #expect(plain.name == "Grüße")
    #expect(plain.nodes[0].name == "ausgang_ä")
  }

  @Test func quotedStarsAreText() throws {
    #expect(try read("name: \"*a & b*\"\ninput: 3\nlayers: [dense: 1]").name == "*a & b*")
    #expect(try read("name: R&D 2*3\ninput: 3\nlayers: [dense: 1]").name == "R&D 2*3")
  }

  @Test func theLimitsThemselvesAreAllowed() throws {
    let network = try read("input: 16777216\nlayers: [dense: {units: 1, repeat: 99999}, dense: 1048576]")
    #expect(network.nodes.count == Network.largestNodeCount)
    let text = "input: 3\nlayers: [dense: 1]\n"
    let padded = text + String(repeating: "#", count: NetworkYAML.largestFile - text.utf8.count)
    #expect(try read(padded).nodes.count == 1)
    #expect(
      refusal { try read(padded + "#") }?.description
        == "net.yaml: is larger than a network file's limit of 1048576 bytes. Use repeat: N for layers that recur")
  }
}
