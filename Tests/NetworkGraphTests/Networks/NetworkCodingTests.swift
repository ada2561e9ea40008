import Foundation
import NetworkGraph
import Testing

/// Networks survive JSON, and what JSON says is checked as strictly as what Swift says.
@Suite struct NetworkCodingTests {
  static func sample() throws -> Network {
    try Network(name: "sample", input: .features(6)) {
      Dense(4, activation: .leakyReLU(slope: 0.2), weights: .orthogonal(gain: 1.4142))
      Residual(activation: .relu) {
        Dense(4, activation: .tanh, bias: .normal(std: 0.1)).repeated(2)
        Dense(4, weights: .zeros).named("last")
      }
      Dense(2, hasBias: false)
    }
  }

  @Test func aRoundTripGivesTheSameNetwork() throws {
    let network = try Self.sample()
    let copy = try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
    #expect(copy == network)
    #expect(copy.hashValue == network.hashValue)
    #expect(copy.nodes.map(\.name) == network.nodes.map(\.name))
    #expect(copy.nodes.map(\.inputs) == network.nodes.map(\.inputs))
    #expect(copy.nodes.map(\.parameters) == network.nodes.map(\.parameters))
    #expect(copy.nodes.map(\.shape) == network.nodes.map(\.shape))
    #expect(copy.nodes.map(\.layer.activation) == network.nodes.map(\.layer.activation))
  }

  @Test func theDocumentIsPlain() throws {
    let network = try Network(name: "tiny", input: .features(3)) { Dense(2, activation: .relu) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(network), as: UTF8.self)
    #expect(
      text == #"{"input":[3],"name":"tiny","nodes":"#
        + #"[{"fields":{"activation":"relu","units":"2"},"inputs":["input"],"kind":"dense","name":"dense_1"}]}"#)
  }

  @Test func networksDifferWhereTheirPartsDo() throws {
    let network = try Self.sample()
    #expect(try network == Self.sample())
    #expect(try Network(name: "a", input: .features(3)) { Dense(2) } != Network(name: "b", input: .features(3)) { Dense(2) })
    #expect(try Network(input: .features(3)) { Dense(2) } != Network(input: .features(4)) { Dense(2) })
    #expect(try Network(input: .features(3)) { Dense(2) } != Network(input: .features(3)) { Dense(2, weights: .zeros) })
    #expect(try Network(input: .features(3)) { Dense(2) } != Network(input: .features(3)) { Dense(2).named("x") })
  }

  @Test func aCustomActivationIsRefusedByName() throws {
    let square = Activation.custom(name: "square", value: { $0 * $0 }, derivative: { 2 * $0 })
    let network = try Network(input: .features(3)) {
      Dense(2, activation: square).named("odd"); Dense(1)
    }
    let error = #expect(throws: EncodingError.self) { try JSONEncoder().encode(network) }
    guard case .invalidValue(_, let context) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(
      context.debugDescription
        == "layer 'odd': `custom(name=square)` was made from closures in Swift, which no text can name")
  }

  @Test(arguments: [
    (#"{"name":"n","input":[3],"nodes":[]}"#, "a network needs at least one layer"),
    (
      #"{"name":"n","input":[3],"nodes":[{"name":"a","kind":"dense","inputs":["inptu"],"fields":{"units":"2"}}]}"#,
      "layer 'a': no earlier layer is named 'inptu'. Did you mean 'input'?"
    ),
    (
      #"{"name":"n","input":[3],"nodes":[{"name":"a","kind":"dnese","inputs":["input"],"fields":{"units":"2"}}]}"#,
      "there is no layer `dnese`. Did you mean `dense`?"
    ),
    (
      #"{"name":"n","input":[3],"nodes":[{"name":"a","kind":"dense","inputs":["input"],"fields":{"unit":"2"}}]}"#,
      "a layer of kind dense has no field `unit`. Did you mean `units`?"
    ),
    (
      #"{"name":"n","input":[3],"nodes":[{"name":"a","kind":"dense","inputs":["input"],"fields":{"units":"-1"}}]}"#,
      "units must lie in 1...1048576, got -1"
    ),
    (
      #"{"name":"n","input":[0],"nodes":[]}"#,
      "a shape's extent must lie in 1...16777216, got 0. Give sizes such as 784 or [1, 28, 28]"
    ),
  ])
  func damagedDocumentsAreRefused(text: String, message: String) throws {
    let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Network.self, from: Data(text.utf8)) }
    guard case .dataCorrupted(let context) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(context.debugDescription == message)
  }

  @Test func aMissingKeyIsRefused() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Network.self, from: Data(#"{"name":"n","input":[3]}"#.utf8))
    }
  }
}
