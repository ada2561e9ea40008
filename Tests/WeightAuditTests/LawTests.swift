import Foundation
import SampleStatistics
import Testing

import WeightAudit

/// Laws as they are written in schemes.
@Suite struct LawTests {
  private func law(_ text: String, _ values: [String: Double] = [:]) throws -> TensorLaw? {
    try DeclaredLaw(parsing: text).evaluated { values[$0] }
  }

  @Test func formsAreRead() throws {
    #expect(try law("normal(0, 0.02/sqrt(2*L))", ["L": 8]) == .normal(mean: 0, std: 0.005))
    #expect(try law("normal(std=0.02)") == .normal(mean: 0, std: 0.02))
    #expect(try law("normal(0.02)") == .normal(mean: 0, std: 0.02))
    #expect(try law("zeros, applied as (1 + w)") == .constant(0))
    #expect(try DeclaredLaw(parsing: "zeros, applied as (1 + w)").isOnePlus)
    #expect(try law("ones") == .constant(1))
    #expect(try law("uniform(+-dt_rank^-0.5)", ["dt_rank": 4]) == .uniform(low: -0.5, high: 0.5))
    #expect(try law("uniform(-1, 3)") == .uniform(low: -1, high: 3))
    #expect(try law("log(arange(1, state+1)) per row") == .logarithmsOfCounts)
    #expect(try law("log(uniform(1, 16))") == .logarithmOfUniform(low: 1, high: 16))
    #expect(try law("inverse_softplus(loguniform(0.001, 0.1))") == .inverseSoftplusOfLogUniform(low: 0.001, high: 0.1))
    #expect(
      try law("kaiming_normal(true fan_in = in*k*k/stride^2)", ["in": 128, "k": 4, "stride": 2])
        == .normal(mean: 0, std: 0.0625))
    #expect(try law("kaiming_normal(fan_out)", ["fan_out": 8]) == .normal(mean: 0, std: 0.5))
    // a = sqrt(5) is 1/sqrt(fan_in), PyTorch's default; divided by sqrt(4).
    guard case .uniform(_, let high)? = try law("kaiming_uniform(a=sqrt(5)) / sqrt(L)", ["fan_in": 100, "L": 4]) else {
      Issue.record("no uniform law")
      return
    }
    #expect(abs(high - 0.05) < 1e-15)
    #expect(try law("truncated_normal(std=0.02)") == .truncatedNormal(mean: 0, std: 0.02, low: -0.04, high: 0.04))
    #expect(try law("normal(std=x)") == nil)
  }

  @Test(arguments: [
    "", "normal(", "gauss", "normal(0.02) 3", "uniform()", "kaiming_normal(mode=both)", "log(ones)", "normal(1..2)",
    "zeros * nothing(2)",
  ])
  func otherTextsAreRefused(text: String) {
    #expect(throws: DeclaredLaw.ParsingError.self) { try DeclaredLaw(parsing: text) }
  }

  @Test func deepNestingIsRefused() {
    #expect(throws: DeclaredLaw.ParsingError.self) {
      try DeclaredLaw(parsing: "normal(" + String(repeating: "(", count: 10_000) + "1")
    }
    #expect(throws: DeclaredLaw.ParsingError.self) {
      try DeclaredLaw(parsing: "normal(" + String(repeating: "-", count: 10_000) + "1)")
    }
  }

  /// Moments of a truncated normal: scipy.stats.truncnorm(-2, 2).stats("mvsk"), scipy 1.17.1: variance 0.7737413, excess
  /// kurtosis -0.6344632.
  @Test func momentsOfACutNormal() {
    let law = TensorLaw.truncatedNormal(mean: 0, std: 1, low: -2, high: 2)
    #expect(abs((law.variance(rows: 1, columns: 1) ?? 0) - 0.7737413) < 1e-6)
    #expect(abs(law.kurtosis - 3 + 0.6344632) < 1e-4)
  }

  /// Every rule of the catalogue is written well, and every scheme has its own name.
  @Test func theCatalogueIsRead() {
    #expect(Set(SchemeCatalogue.schemes.map(\.name)).count == SchemeCatalogue.schemes.count)
    for scheme in SchemeCatalogue.schemes {
      #expect(!scheme.source.isEmpty && !scheme.summary.isEmpty)
      for rule in scheme.rules { #expect(!rule.laws.isEmpty, "\(scheme.name): \(rule.pattern)") }
    }
    #expect(SchemeCatalogue.scheme(named: "ResNet zero-gamma")?.name == "resnet_zero_gamma")
  }

  @Test func patternsMatch() {
    #expect(TensorPattern("*in_proj|*x_proj").matches("a.in_proj.weight"))
    #expect(TensorPattern("*.bias").matches("a.b.bias"))
    #expect(!TensorPattern("*.bias").matches("a.b.biases"))
    #expect(TensorPattern("up.?.weight").matches("up.0.weight"))
    #expect(!TensorPattern(String(repeating: "*a", count: 200)).matches(String(repeating: "a", count: 150) + "b"))
  }

  @Test func theRulesHaveTexts() {
    #expect(Set(WeightRules.names).count == WeightRules.names.count)
    for rule in WeightRules.rules.map({ type(of: $0) }) {
      #expect(!rule.summary.isEmpty && !rule.explanation.isEmpty && !rule.remedy.isEmpty)
    }
  }
}
