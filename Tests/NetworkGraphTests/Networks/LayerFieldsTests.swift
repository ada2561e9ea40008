import NetworkGraph
import Testing

/// A layer's fields read back as the same layer, and bad fields are refused.
@Suite struct LayerFieldsTests {
  static let layers: [any Layer] = [
    Dense(1), Dense(256, activation: .relu), Dense(3, activation: .leakyReLU(slope: 0.125)),
    Dense(3, weights: .orthogonal(gain: 1.5)), Dense(3, weights: .heNormal, bias: .constant(-0.1)),
    Dense(3, activation: .tanh, weights: .zeros, hasBias: false), Dense(1 << 20), Add(), Add(activation: .gelu),
  ]

  @Test(arguments: layers.indices) func fieldsReadBack(index: Int) throws {
    let layer = Self.layers[index]
    let entry = try #require(LayerCatalogue.entry(layer.kind))
    let copy = try entry.layer(from: layer.fields)
    #expect(copy.fields == layer.fields)
    #expect(copy.activation == layer.activation)
    let inputs: [Shape] = layer is Add ? [.features(7), .features(7)] : [.features(7)]
    #expect(copy.parameters(from: inputs) == layer.parameters(from: inputs))
    #expect(try copy.outputShape(from: inputs) == layer.outputShape(from: inputs))
  }

  @Test func defaultsAreNotWritten() {
    #expect(Dense(5).fields.values == ["units": "5"])
    #expect(
      Dense(5, activation: .relu, weights: .heNormal, hasBias: false).fields.values
        == ["units": "5", "activation": "relu", "weights": "he_normal", "bias": "none"])
    #expect(Add().fields.values.isEmpty)
  }

  @Test(arguments: [
    (["units": "0"], "units must lie in 1...1048576, got 0"),
    (["units": "-4"], "units must lie in 1...1048576, got -4"),
    (["units": "1048577"], "units must lie in 1...1048576, got 1048577"),
    (["units": "99999999999999999999"], "units must be a whole number in 1...1048576, got '99999999999999999999'"),
    (["units": "12.5"], "units must be a whole number in 1...1048576, got '12.5'"),
    ([:], "a dense layer needs units. Write dense: 256, or dense: {units: 256, ...}"),
    (["units": "3", "activation": "rleu"], "there is no activation `rleu`. Did you mean `relu`?"),
    (["units": "3", "weights": "he_norml"], "there is no initializer `he_norml`. Did you mean `he_normal`?"),
    (["units": "3", "wieghts": "zeros"], "a layer of kind dense has no field `wieghts`. Did you mean `weights`?"),
    (["units": "3", "zzz": "1"], "a layer of kind dense has no field `zzz`. It has units, activation, weights, bias"),
  ])
  func badFieldsAreRefused(values: [String: String], message: String) throws {
    let entry = try #require(LayerCatalogue.entry("dense"))
    do {
      _ = try entry.layer(from: LayerFields(values))
      Issue.record("nothing was refused")
    } catch {
      #expect(error.description == message)
    }
  }

  @Test func aBiasTakesNoMatrixInitializer() throws {
    let entry = try #require(LayerCatalogue.entry("dense"))
    #expect(throws: SpecificationError.self) { try entry.layer(from: LayerFields(["units": "3", "bias": "orthogonal"])) }
  }

  @Test(arguments: [("true", true), ("false", false)]) func truthValues(text: String, value: Bool) throws {
    #expect(try LayerFields(["key": text]).boolean("key") == value)
    #expect(try LayerFields().boolean("key") == nil)
  }

  @Test func otherTruthValuesAreRefused() {
    let error = #expect(throws: SpecificationError.self) { try LayerFields(["key": "yes"]).boolean("key") }
    #expect(error?.description == "key must be true or false, got 'yes'")
  }
}
