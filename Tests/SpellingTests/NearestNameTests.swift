import Spelling
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

  /// The kind of dash is folded on both sides: data sources are written with hyphens.
  @Test func dashesAndCaseDoNotCount() {
    #expect(nearestName(to: "fashion_mnsit", among: ["gaussian", "fashion-mnist"]) == "fashion-mnist")
    #expect(nearestName(to: "FASHION-MNIST", among: ["gaussian", "fashion-mnist"]) == "fashion-mnist")
  }

  /// The table of a distance has one cell for each pair of letters; a megabyte of them is not compared at all.
  @Test func hostileLengthsCostNothing() {
    #expect(nearestName(to: String(repeating: "a", count: 1_000_000), among: Self.names) == nil)
  }
}
