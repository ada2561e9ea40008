import NetworkGraph
import Testing

@Suite struct NearestNameTests {
  static let names = [
    "relu", "leaky_relu", "gelu", "selu", "tanh", "sigmoid", "softplus", "he_normal", "glorot_uniform", "xavier_normal",
  ]

  @Test(arguments: [
    ("rleu", "relu"), ("leakyrelu", "leaky_relu"), ("gleu", "gelu"), ("tahn", "tanh"), ("sigmiod", "sigmoid"),
    ("he_norml", "he_normal"), ("He-Normall", "he_normal"), ("glorot_unifrom", "glorot_uniform"),
    ("xavier", "xavier_normal"), ("soft", "softplus"), ("tan", "tanh"),
  ])
  func suggestsWhatWasMeant(written: String, meant: String) {
    #expect(nearestName(to: written, among: Self.names) == meant)
  }

  @Test(arguments: ["", "x", "abc", "dropout", "orthogonal", "relu_relu_relu", "sgd"])
  func staysSilentWhereNothingIsNear(written: String) {
    #expect(nearestName(to: written, among: Self.names) == nil)
  }

  @Test func theFirstOfEquallyNearNamesWins() {
    #expect(nearestName(to: "melu", among: ["gelu", "selu"]) == "gelu")
    #expect(nearestName(to: "melu", among: ["selu", "gelu"]) == "selu")
  }

  @Test func unknownNamesGetASuggestionOrTheListCommand() {
    #expect(
      SpecificationError.unknown("activation", "rleu", among: Self.names).description
        == "there is no activation `rleu`. Did you mean `relu`?")
    #expect(
      SpecificationError.unknown("initializer", "abc", among: Self.names).description
        == "there is no initializer `abc`. `initscope list initializers` names all of them.")
  }
}
