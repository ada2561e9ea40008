import Classifier
import InitScopeTesting
import Testing
import XCTest

/// Swift Testing: one audit, several expectations.
@Suite struct HealthyInitialization {
  let audit: AuditedNetwork

  init() throws { audit = try AuditedNetwork(Classifier.network(), initializer: .heNormal) }

  @Test func isHealthy() { audit.expectHealthy() }
  @Test func agreesWithTheory() { audit.expectMatchesTheory() }
  @Test func keepsItsScale() {
    audit.expectGradientFlow(withinFactor: 100)
    audit.expectSecondMoment(of: .activations, in: 0.2...5)
    audit.expectNoDeadUnits(atMost: 0.2)
  }
  @Test func inOneLine() throws { try expectHealthyInit(Classifier.network(), initializer: .heNormal) }
}

/// The same in XCTest.
final class HealthyInitializationTests: XCTestCase {
  func testIsHealthy() throws {
    let audit = try AuditedNetwork(Classifier.network(), initializer: .heNormal)
    XCTAssertTrue(audit.expectHealthy())
    audit.expectVariance(of: .preactivations, in: 0.5...8)
  }
}
