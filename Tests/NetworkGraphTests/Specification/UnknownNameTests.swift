import NetworkGraph
import Testing

@Suite struct UnknownNameTests {
  static let names = ["relu", "leaky_relu", "gelu", "tanh"]

  @Test func unknownNamesGetASuggestionOrTheListCommand() {
    #expect(
      SpecificationError.unknown("activation", "rleu", among: Self.names).description
        == "there is no activation `rleu`. Did you mean `relu`?")
    #expect(
      SpecificationError.unknown("initializer", "abc", among: Self.names).description
        == "there is no initializer `abc`. `initscope list initializers` names all of them.")
  }
}
