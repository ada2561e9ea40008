import Foundation
import NetworkGraph
import SignalPropagation
import TensorKernels
import Testing

/// What an audit leaves as it was.
@Suite struct EnvironmentTests {
  @Test func theCallersFloatingPointEnvironmentIsUntouched() throws {
    let network = try Harness.perceptron(200, [200, 10], activation: .relu)
    _ = try Audit(AuditConfiguration(network: network, initializers: [.heNormal], batch: 200, threads: 2)).run()
    // A subnormal survives only where neither results nor operands are flushed.
    let tiny = Float.leastNormalMagnitude * Float(ProcessInfo.processInfo.processIdentifier > 0 ? 0.25 : 1)
    #expect(tiny > 0 && tiny.isSubnormal)
    #expect(tiny * 4 == Float.leastNormalMagnitude)
  }

  @Test func matrixProductsBindOpenBLAS() {
    #expect(KernelLibrary.bindsOpenBLAS)
    #expect(KernelLibrary.description.contains("oneDNN 2."))
  }

  @Test func reportsItsMemory() throws {
    let network = try Harness.perceptron(20, [20, 10], activation: .relu)
    let report = try Audit(AuditConfiguration(network: network, initializers: [.heNormal])).run()
    #expect(report.environment.peakMemoryBytes > 1 << 20)
    #expect(report.environment.memoryLimitBytes > 1 << 20)
  }
}
