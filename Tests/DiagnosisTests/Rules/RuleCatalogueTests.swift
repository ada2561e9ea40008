import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import TestSupport
import Testing

/// What holds of every rule, and of the page that is made from them.
@Suite struct RuleCatalogueTests {
  static let types = RuleCatalogue.rules.map { type(of: $0) }

  @Test func everyRuleIsDocumented() {
    for rule in Self.types {
      for text in [rule.name, rule.summary, rule.explanation, rule.remedy] { #expect(!text.isEmpty) }
      #expect(rule.summary.hasSuffix(".") && rule.explanation.hasSuffix(".") && rule.remedy.hasSuffix("."))
      #expect(rule.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }, "\(rule.name)")
      #expect(!rule.severities.isEmpty && rule.severities.allSatisfy { !$0.condition.hasSuffix(".") }, "\(rule.name)")
      // A status is what an error is called.
      #expect((rule.status != nil) == rule.severities.contains { $0.severity == .error }, "\(rule.name)")
    }
  }

  @Test func namesAreUniqueAndFound() {
    #expect(Set(RuleCatalogue.names).count == RuleCatalogue.names.count)
    for name in RuleCatalogue.names { #expect(RuleCatalogue.rule(named: name)?.name == name) }
    #expect(RuleCatalogue.rule(named: "no-such-rule") == nil)
  }

  /// Every status that is not healthy has a rule that leads to it.
  @Test func everyStatusHasARule() {
    let statuses = Set(Self.types.compactMap { $0.status })
    #expect(statuses == Set(Verdict.Status.allCases).subtracting([.healthy]))
  }

  @Test func findingsStandWorstFirst() throws {
    let run = try Examined.run(
      try Examined.mlp(depth: 24, width: 64, .tanh, bias: "constant(value=1)"),
      "variance_scaling(scale=6.25,mode=fan_in,distribution=normal)")
    let order = run.findings.map { Finding.Severity.allCases.firstIndex(of: $0.severity) ?? 0 }
    #expect(order.count > 1 && order == order.sorted())
  }

  @Test func thePageOfTheDocumentationIsUpToDate() throws {
    let page = Repository.root.appending(path: "Sources/InitScope/Documentation.docc/Rules.md")
    let written = try String(contentsOf: page, encoding: .utf8)
    #expect(written == RuleDocumentation.markdown, "Rules.md is stale: run `make rule-catalogue`.")
  }
}
