import NetworkGraph
import Testing

@Suite struct ArgumentsTests {
  static let parameters = [
    Parameter("scale", .number(default: 1, in: .leastNonzeroMagnitude...(.infinity)), "variance times the fan"),
    Parameter("mode", .choice(default: "fan_in", of: ["fan_in", "fan_out", "fan_avg"]), "which fan"),
    Parameter("attempts", .integer(default: 10, in: 1...1000), "rescalings"),
  ]

  static let attemptsDomain = "It must be a whole number between 1 and 1000."

  func resolve(_ text: String) throws -> Arguments {
    try Arguments(resolving: Specification(parsing: text), parameters: Self.parameters, entryName: "scaling")
  }

  @Test func defaultsStandWhereNothingIsGiven() throws {
    let arguments = try resolve("scaling")
    #expect(arguments.number("scale") == 1)
    #expect(arguments.choice("mode") == "fan_in")
    #expect(arguments.integer("attempts") == 10)
  }

  @Test func givenValuesReplaceDefaults() throws {
    let arguments = try resolve("scaling(2.5e-3, mode=Fan-Out, attempts=3)")
    #expect(arguments.number("scale") == 2.5e-3)
    #expect(arguments.choice("mode") == "fan_out")
    #expect(arguments.integer("attempts") == 3)
  }

  @Test(arguments: [
    ("scaling(scal=2)", "scaling has no parameter `scal`. Did you mean `scale`?"),
    ("scaling(gain=2)", "scaling has no parameter `gain`. It takes scale, mode, attempts."),
    ("scaling(scale=1,scale=2)", "scaling is given `scale` twice. Keep one of them."),
    ("scaling(1,scale=2)", "scaling is given `scale` twice. Keep one of them."),
    ("scaling(scale=two)", "scaling: scale is `two`, not a finite number. It must be greater than 0."),
    ("scaling(scale=nan)", "scaling: scale is `nan`, not a finite number. It must be greater than 0."),
    ("scaling(scale=inf)", "scaling: scale is `inf`, not a finite number. It must be greater than 0."),
    ("scaling(scale=1e400)", "scaling: scale is `1e400`, not a finite number. It must be greater than 0."),
    ("scaling(scale=0)", "scaling: scale is 0, out of range. It must be greater than 0."),
    ("scaling(scale=-1)", "scaling: scale is -1, out of range. It must be greater than 0."),
    ("scaling(mode=fanout)", "scaling: mode is `fanout`, which is not among its words. Did you mean `fan_out`?"),
    ("scaling(mode=max)", "scaling: mode is `max`, which is not among its words. It must be fan_in, fan_out or fan_avg."),
    ("scaling(attempts=2.5)", "scaling: attempts is `2.5`, not a whole number. \(attemptsDomain)"),
    ("scaling(attempts=0)", "scaling: attempts is 0, out of range. \(attemptsDomain)"),
    ("scaling(attempts=1e30)", "scaling: attempts is `1e30`, not a whole number. \(attemptsDomain)"),
  ])
  func badArgumentsAreErrorsThatNameTheRemedy(text: String, message: String) {
    let error = #expect(throws: SpecificationError.self) { try resolve(text) }
    #expect(error?.description == message)
  }

  @Test func anEntryWithoutParametersTakesNoArguments() throws {
    for text in ["zeros(1)", "zeros(gain=1)"] {
      let specification = try Specification(parsing: text)
      #expect(throws: SpecificationError.self) {
        try Arguments(resolving: specification, parameters: [], entryName: "zeros")
      }
    }
  }

  @Test(arguments: [
    ("scaling", "scaling"),
    ("scaling(1,mode=fan_in,attempts=10)", "scaling"),
    ("scaling(attempts=5,scale=2)", "scaling(scale=2,attempts=5)"),
    ("scaling(mode=FAN-AVG,scale=0.10)", "scaling(scale=0.1,mode=fan_avg)"),
    ("scaling(2.2360679774997898)", "scaling(scale=2.23606797749979)"),
    ("scaling(1e-99)", "scaling(scale=1e-99)"),
  ])
  func canonicalTextHasOnlyWhatIsNotADefault(written: String, canonical: String) throws {
    let arguments = try resolve(written)
    let rendered = Specification(entryName: "scaling", arguments: arguments, parameters: Self.parameters)
    #expect(rendered.description == canonical)
    #expect(try resolve(rendered.description) == arguments)
  }

  @Test func domainsReadAfterMustBe() {
    let domains: [(Parameter.Kind, String)] = [
      (.number(default: 0, in: -.infinity ... .infinity), "a finite number"),
      (.number(default: 0, in: 0 ... .infinity), "at least 0"),
      (.number(default: 0, in: -.infinity...1), "at most 1"),
      (.number(default: 0, in: 0...1), "between 0 and 1"),
      (.number(default: 1, in: .leastNonzeroMagnitude...2), "greater than 0 and at most 2"),
      (.integer(default: 1, in: 1 ... .max), "a whole number of at least 1"),
      (.choice(default: "a", of: ["a"]), "a"),
    ]
    for (kind, text) in domains { #expect(Parameter("x", kind, "").domain == text) }
    #expect(Self.parameters.map(\.defaultText) == ["1", "fan_in", "10"])
  }
}
