import ModelFiles
import Testing
import WeightAudit

/// Bounds on files of weights, as they are written.
@Suite struct WeightBoundsTests {
  private func limit(_ text: String) throws -> ClosedRange<Double>? {
    let yaml = "version: 1\nweights:\n  - {tensors: \"*\", \(text)}\n"
    return try WeightBoundsFile.read(yaml, path: "b.yaml").bounds.first?.limits.first?.limit
  }

  /// One number is the most that a greatest value may be, the least that a least one may, and else the value.
  @Test func endsAreReadInEveryForm() throws {
    #expect(try limit("mean: [-0.1, 0.1]") == -0.1...0.1)
    #expect(try limit("max: 0.2") == -.infinity...0.2)
    #expect(try limit("max: {max: 0.2}") == -.infinity...0.2)
    #expect(try limit("min: -0.2") == -0.2 ... .infinity)
    #expect(try limit("standardDeviation: {max: 0.1}") == -.infinity...0.1)
    #expect(try limit("standardDeviation: {min: 0.1, max: 0.2}") == 0.1...0.2)
    #expect(try limit("nonFinite: 0") == 0...0)
  }

  @Test(arguments: [
    ("mean: {most: 1}", "most"), ("mean: {}", "no end"), ("mean: [1]", "1 ends"), ("max: [5, 2]", "order"),
    ("mean: {max: x}", "number"), ("standardDeviation: [1e400, 2]", "number"),
  ])
  func otherFormsAreRefused(text: String, reason: String) {
    #expect {
      try limit(text)
    } throws: { "\($0)".contains(reason) }
  }
}
