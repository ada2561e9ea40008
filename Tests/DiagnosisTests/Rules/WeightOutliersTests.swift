import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct WeightOutliersTests {
  private func finding(_ law: String, _ edit: @escaping ([Float]) -> [Float]) throws -> Finding? {
    let run = try Examined.run(try Examined.mlp(depth: 2, width: 64, .relu), law, batch: 8) {
      $0.giveWeights(of: ["dense_2"]) { draws, shape in
        let std = (2 / Double(shape.fans.fanIn)).squareRoot()
        return edit(
          law.contains("uniform")
            ? draws.uniform(shape.count, low: -std * 3.0.squareRoot(), high: std * 3.0.squareRoot())
            : draws.normal(shape.count, variance: std * std))
      }
    }
    return run.findings(of: "weight-outliers").first
  }

  @Test func oneWeightIsFound() throws {
    #expect(try finding("he_normal") { $0 } == nil)
    let found = try #require(try finding("he_normal") { $0.enumerated().map { $0 == 5 ? 3.7 : $1 } })
    #expect(found.severity == .warning && found.layers == [2])
    #expect(found.evidence["cause"] == .text("single weights"))
    #expect(found.evidence["farthest"] == .number(Double(Float(3.7))))
    #expect(found.message.contains("3.7"))
  }

  /// 0.177 * 5.9 = 1.04: the deviation that 4096 weights pass with probability 1e-6 (scipy 1.17.1: norm.isf(5e-7 / 4096) =
  /// 6.21).
  @Test func theBoundOfANormalLawFollowsFromTheCount() throws {
    let std = (2.0 / 64).squareRoot()
    #expect(try finding("he_normal") { $0.enumerated().map { $0 == 5 ? Float(6.1 * std) : $1 } } == nil)
    #expect(try finding("he_normal") { $0.enumerated().map { $0 == 5 ? Float(6.4 * std) : $1 } } != nil)
  }

  @Test func roundingToSixteenBitsIsANote() throws {
    let bound = Float((6.0 / 64).squareRoot())
    let found = try #require(
      try finding("he_uniform") { $0.enumerated().map { DrawnWeights.bfloat16($0 == 9 ? bound.nextDown : $1) } })
    #expect(found.severity == .note && found.evidence["cause"] == .text("rounding to bfloat16"), "\(found)")
  }

  @Test func anotherLawIsToldFromSingleWeights() throws {
    let found = try #require(
      try finding("he_uniform") { $0.enumerated().map { $0 % 8 == 0 ? 1.41 * $1 : $1 } })
    #expect(found.evidence["cause"] == .text("another law"))
  }
}
