import Diagnosis
import Testing

/// Mistakes that show in signals; those in weights and number formats stand with their rules' tests.
@Suite struct MutationTests {
  @Test(arguments: Mutation.signals.filter(\.hasRule).map(\.name)) func theMistakeIsCaught(name: String) throws {
    let mutation = try #require(Mutation.signals.first { $0.name == name })
    let outcome = try mutation.outcome()
    #expect(outcome.isCaught, "\(mutation.rule): \(outcome.findings.map { "\($0.rule) \($0.severity) \($0.message)" })")
    #expect(outcome.falseAlarms.isEmpty, "\(outcome.falseAlarms.map(\.message))")
  }

  @Test func theCatalogueIsInOrder() {
    #expect(Mutation.all.count >= 30)
    #expect(Set(Mutation.all.map(\.name)).count == Mutation.all.count)
    let known = Set(RuleCatalogue.rules.map { type(of: $0).name })
    // Every rule on weights and formats has a mutation.
    let tested = Set(Mutation.all.map(\.rule))
    let own = [
      "weight-variance", "weight-mean", "weight-outliers", "orthogonality", "shared-stream", "bias", "gain-mismatch",
      "float32-range", "bfloat16-range", "float16-range",
    ]
    #expect(own.allSatisfy { known.contains($0) && tested.contains($0) })
  }
}
