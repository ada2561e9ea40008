import ModelFiles
import TestSupport
import Testing

import WeightAudit

/// Schemes of one's own that do not apply: they must not say that all is right.
@Suite struct SchemeUseTests {
  private func tensors() -> [Draw.Tensor] {
    var draw = Draw(seed: 81)
    return (0..<3).flatMap { block in
      [
        draw.normal("h.\(block).attn.c_proj.weight", [32, 32], std: 0.02),
        draw.constant("h.\(block).attn.c_proj.bias", [32], 0),
      ]
    }
  }

  private func report(_ rules: String) throws -> WeightReport {
    try WeightAuditTests.report(tensors(), scheme: SchemeFile.read("version: 1\n\(rules)\n", path: "own.yaml"))
  }

  @Test func anUnknownNameInAFormulaIsRefusedWithItsPlace() throws {
    let error = #expect(throws: NetworkFileError.self) {
      try SchemeFile.read("version: 1\nrules:\n  \"*.weight\": normal(std=foo/2)\n", path: "own.yaml")
    }
    #expect(error?.description.hasPrefix("own.yaml:3: the formula of \"*.weight\" uses 'foo'") == true)
    // With a value it is known.
    _ = try SchemeFile.read("parameters: {foo: 1}\nrules: {\"*.weight\": normal(std=foo/2)}", path: "own.yaml")
    _ = try SchemeFile.read("rules: {\"*.weight\": \"normal(std=1/sqrt(fan_in)/L)\"}", path: "own.yaml")
  }

  @Test func aPatternOfNoTensorIsAWarning() throws {
    let report = try report("rules:\n  \"zzz.weight\": normal(std=0.02)")
    #expect(report.findings.map(\.rule) == ["unused-rule"])
    #expect(!report.isClean)
    #expect(report.findings[0].message.contains("\"zzz.weight\""))
    #expect(report.summary.contains("no tensor was compared with"))
    #expect(!report.summary.contains("compared with scheme;"))
  }

  @Test func aMisspeltPatternBesideOthersIsAWarning() throws {
    let report = try report("rules:\n  \"*.c_proj.weigth\": normal(std=0.01)\n  \"*.weight\": any")
    #expect(report.findings.map(\.rule) == ["unused-rule"])
    #expect(report.findings[0].severity == .warning)
  }

  /// Tensors that not every model has, and a rule whose tensors all belong to one above it.
  @Test func generalPatternsAndShadowedRulesAreNotes() throws {
    let report = try report(
      "rules:\n  \"*.weight\": normal(std=0.02)\n  \"@gain\": ones\n  \"*.c_proj.weight\": normal(std=0.01)\n"
        + "  \"*.bias\": zeros")
    #expect(report.isClean)
    #expect(report.findings.map(\.rule) == ["unused-rule", "unused-rule"])
    #expect(report.findings[1].message.contains("belongs to a rule above it"))
    #expect(report.summary.contains("compared with"))
  }

  @Test func tiesPaddingAndLayoutsOfNoTensorAreNamed() throws {
    let report = try report(
      "rules: {\"*.weight\": normal(std=0.02)}\ntied: [[a.weight, b.weight]]\npadding: {x.weight: 0}\n"
        + "layout: {\"y.*\": conv1d}")
    #expect(report.findings.map(\.rule) == ["unused-rule", "unused-rule", "unused-rule"])
  }

  /// Heads are known from a configuration or a table alone.
  @Test func aFormulaWithoutAValueIsNamed() throws {
    let report = try report("rules: {\"*.weight\": \"normal(std=0.02/sqrt(H))\"}")
    #expect(report.findings.map(\.rule) == ["unused-rule"])
    #expect(report.findings[0].message.contains("no value for H"))
    #expect(report.findings[0].tensors.count == 3)
  }

  @Test func aSchemeOfTheCatalogueIsNotHeldToItsPatterns() throws {
    let report = try WeightAuditTests.report(tensors(), scheme: SchemeCatalogue.scheme(named: "gpt2"))
    #expect(!report.findings.map(\.rule).contains("unused-rule"))
  }
}
