import Classifier
import InitScopeTesting
import Testing
import XCTest

/// Every test here must fail: expectations that pass in silence would be worse than none.
@Suite struct BrokenInitialization {
  let audit: AuditedNetwork

  init() throws { audit = try AuditedNetwork(Classifier.network(), initializer: Initializer(parsing: "normal(std=0.02)")) }

  @Test func health() { audit.expectHealthy() }
  @Test func oneLine() throws { try expectHealthyInit(Classifier.network(), initializer: .zeros) }
  @Test func gradientFlow() { audit.expectGradientFlow(withinFactor: 100) }
  @Test func variance() { audit.expectVariance(of: .activations, in: 0.5...2) }
  @Test func secondMoment() { audit.expectSecondMoment(of: .gradients, in: 0.01...100, layers: .all) }
  @Test func mean() { audit.expectMean(of: .activations, in: 1...2) }
  @Test func correlation() { audit.expectCorrelation(in: -1 ... -0.5) }
  @Test func saturation() throws {
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .tanh); Dense(10)
    }
    try AuditedNetwork(network, initializer: Initializer(parsing: "normal(std=100)")).expectNoSaturatedUnits()
  }
  @Test func deadUnits() throws { try AuditedNetwork(Classifier.network(), initializer: .zeros).expectNoDeadUnits() }
  @Test func orthogonality() { audit.expectOrthogonal(layers: GateLayers("dense_1")) }
  @Test func theory() throws {
    try AuditedNetwork(
      Classifier.network(), initializer: .heNormal, weights: ["dense_3": Classifier.damagedWeights]
    ).expectMatchesTheory()
  }
  @Test func baseline() throws {
    audit.expectMatchesBaseline(try AuditedNetwork(Classifier.network(), initializer: .heNormal).report)
  }
  @Test func distribution() { expectDistribution(of: Classifier.damagedWeights, .uniform(low: -0.5, high: 0.5)) }
  @Test func matrix() { expectOrthogonal(Classifier.damagedWeights, rows: 64, columns: 64) }
  @Test func missingFile() { audit.expectKeepsBounds(path: "no-such-file.yaml") }
}

/// The same in XCTest, where `Issue.record` would pass in silence.
final class BrokenInitializationTests: XCTestCase {
  func testHealth() throws {
    try AuditedNetwork(Classifier.network(), initializer: Initializer(parsing: "normal(std=0.02)")).expectHealthy()
  }
  func testOneLine() throws { try expectHealthyInit(Classifier.network(), initializer: .zeros) }
  func testDistribution() { expectDistribution(of: Classifier.damagedWeights, .normal(std: 0.3)) }
  func testMatrix() { expectOrthogonal(Classifier.damagedWeights, rows: 64, columns: 64) }
}
