import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct NonFiniteTests {
  /// Under ReLU log10 of the mean square of layer l's pre-activations is l log10(n s^2 / 2) + log10 2, 5.51 a layer; Float32
  /// ends at 3.4e38, a square of 77.06, and the largest of 64 x 64 values stands a decade or so above the mean square.
  @Test func anOverflowIsFoundWhereItBegins() throws {
    let run = try Examined.run(try Examined.mlp(depth: 20, width: 64, .relu), "normal(std=100)")
    let finding = try #require(run.findings(of: NonFinite.name).first)
    #expect(finding.severity == .error && NonFinite.status == .nonfinite)
    #expect(finding.text("layer") == "dense_14" || finding.text("layer") == "dense_13")
    #expect(finding.message.contains("larger than Float32 can hold"))
    // The worst is told first.
    #expect(run.findings[0].rule == NonFinite.name)
  }

  @Test func valuesThatAreNotNumbersAreCounted() throws {
    let made = try MadeUpRun { run in
      run.layers[3].activation.nonFinite = 7
      run.layers[4].activation.nonFinite = 64
    }
    let finding = try #require(made.findings(NonFinite()).first)
    #expect(finding.layers == [4, 5])
    #expect(finding.message == "Activations of layer dense_4 hold 7 values that are infinite or not a number.")
  }

  @Test func gradientsAreLookedAtFromTheOutputDown() throws {
    let made = try MadeUpRun { run in
      for place in 0..<4 { run.layers[place].gradient.float32 = .overflows }
    }
    let finding = try #require(made.findings(NonFinite()).first)
    #expect(finding.text("layer") == "dense_4" && finding.text("signal") == "gradients")
  }

  @Test func largeAndSmallSignalsWithinTheRangeAreSilent() throws {
    try Examined.healthy { #expect($0.findings(of: NonFinite.name).isEmpty) }
    let made = try MadeUpRun(forward: 3, backward: -3) { $0.layers[0].gradient.float32 = .underflows }
    #expect(made.findings(NonFinite()).isEmpty)
  }
}
