/// Expectations about a network's initialization, for Swift Testing and XCTest.
///
///     import InitScopeTesting
///
///     @Test func theNetworkStartsHealthy() throws {
///       let audit = try AuditedNetwork(network, initializer: .heNormal)
///       audit.expectMatchesTheory()
///       audit.expectGradientFlow(withinFactor: 10)
///       audit.expectVariance(of: .activations, in: 0.5...2, layers: .hidden)
///     }
@_exported import InitScope
