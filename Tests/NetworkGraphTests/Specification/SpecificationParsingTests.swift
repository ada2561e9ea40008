import NetworkGraph
import Testing

@Suite struct SpecificationParsingTests {
  @Test(arguments: [
    ("he_normal", "he_normal"),
    ("  He-Normal ", "he_normal"),
    ("kaiming_normal_", "kaiming_normal"),
    ("torch.kaiming_uniform_", "torch.kaiming_uniform"),
    ("zeros()", "zeros"),
    ("zeros( )", "zeros"),
    ("leaky_relu(0.2)", "leaky_relu(0.2)"),
    ("leaky_relu ( SLOPE = 0.2 )", "leaky_relu(slope=0.2)"),
    ("variance_scaling(scale=2, mode=fan_in)", "variance_scaling(scale=2,mode=fan_in)"),
    ("orthogonal_(gain=1.4142)", "orthogonal(gain=1.4142)"),
    ("uniform(-1, high=1)", "uniform(-1,high=1)"),
  ])
  func parsesToCanonicalText(written: String, canonical: String) throws {
    #expect(try Specification(parsing: written).description == canonical)
  }

  @Test func onlyOneTrailingUnderscoreIsDropped() throws {
    #expect(try Specification(parsing: "kaiming_normal__").name == "kaiming_normal_")
  }

  @Test(arguments: [
    "", "   ", "()", "(0.2)", "_", "-", "leaky relu", "relu;", "relu(", "relu)", "relu)(", "relu(0.2", "relu(0.2))",
    "relu((0.2))", "relu(0.2)x", "relu(slope=)", "relu(=0.2)", "relu(,)", "relu(0.2,)", "relu(a=1,,b=2)", "relu(a=1,2)",
    "relu(1,2)", "relu(a=b=c)", "relu=2", "reLU\u{301}",
  ])
  func malformedTextIsAnErrorWithAHint(text: String) {
    let error = #expect(throws: SpecificationError.self) { try Specification(parsing: text) }
    #expect(error?.message.isEmpty == false)
    #expect(error?.hint?.isEmpty == false)
  }

  @Test func listSplitsAtCommasOutsideParentheses() throws {
    let list = try Specification.list(
      parsing: "he_normal, variance_scaling(scale=2,mode=fan_in), normal(std=0.01),torch.kaiming_uniform(a=2.236)")
    #expect(
      list.map(\.description) == [
        "he_normal", "variance_scaling(scale=2,mode=fan_in)", "normal(std=0.01)", "torch.kaiming_uniform(a=2.236)",
      ])
  }

  @Test(arguments: ["", ",", "he_normal,", ",he_normal", "he_normal,,zeros", "normal(std=1,he_normal", "normal),zeros"])
  func malformedListIsAnError(text: String) {
    #expect(throws: SpecificationError.self) { try Specification.list(parsing: text) }
  }
}
