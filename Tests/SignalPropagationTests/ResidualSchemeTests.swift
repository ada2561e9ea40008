import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Initializers made for residual networks, audited.
@Suite struct ResidualSchemeTests {
  private static func network(norm: Bool, depth: Int = 3, width: Int = 12) throws -> Network {
    try Network(input: .features(width)) {
      Dense(width, activation: .relu)
      for _ in 0..<depth {
        Residual(hasGain: true) {
          Dense(2 * width, activation: .relu)
          Dense(width)
          if norm { BatchNorm() }
        }
      }
      Dense(3)
    }
  }

  /// At step 0 each sum is its skip, to the bit, forward and backward.
  @Test(arguments: ["fixup", "zero_last", "skipinit"], [false, true])
  func theSkipIsComputedExactly(spec: String, norm: Bool) throws {
    let network = try Self.network(norm: norm)
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [Initializer(parsing: spec)], batch: 9, replicas: 1))
    let stem = t["dense_1", .activation]
    #expect(stem.contains { $0 != 0 })
    for sum in ["add_1", "add_2", "add_3"] { #expect(t[sum, .preactivation] == stem, "\(spec) \(sum)") }
    if spec != "fixup" {
      // The classifier is not zero here: its gradient comes down the skip alone.
      let top = t["add_3", .gradient]
      #expect(top.contains { $0 != 0 })
      #expect(t["dense_1", .gradient] == top && t["add_1", .gradient] == top)
    } else {
      #expect(report.runs[0].layers.last?.activation.secondMoment == 0)
    }
  }

  @Test func convolutionalBranchesToo() throws {
    let network = try Network(input: .image(channels: 3, height: 6, width: 6)) {
      Conv2D(4, kernel: 3, padding: .same)
      Projected(activation: .relu, hasGain: true) {
        Conv2D(5, kernel: 1)
      } branch: {
        Conv2D(5, kernel: 3, padding: .same, activation: .relu)
        Conv2D(5, kernel: 3, padding: .same)
      }
      GlobalAveragePool()
      Dense(2)
    }
    for spec in ["fixup", "zero_last", "skipinit"] {
      let (_, t) = try Harness.tapped(
        AuditConfiguration(network: network, initializers: [Initializer(parsing: spec)], batch: 4, replicas: 1))
      #expect(t["add_1", .preactivation] == t["conv2d_2", .activation])
    }
  }

  /// A gain multiplies the branch forward, and the gradient that enters it, also where the branch has left Float's range.
  @Test(arguments: [0.25, -3, 1e-30])
  func gainsMultiplyTheBranch(gain: Double) throws {
    let network = try Network(
      input: .features(6),
      placements: [
        .init(name: "stem", layer: Dense(5, weights: .heNormal), inputs: ["input"]),
        .init(name: "branch", layer: Dense(5, weights: .normal(std: 1e40)), inputs: ["stem"]),
        .init(name: "sum", layer: Add(gain: .constant(gain)), inputs: ["stem", "branch"]),
        .init(name: "head", layer: Dense(2, weights: .heNormal), inputs: ["sum"]),
      ])
    let (_, t) = try Harness.tapped(AuditConfiguration(network: network, initializers: [.zeros], batch: 4, replicas: 1))
    let stem = t["stem", .activation], branch = t["branch", .activation], sum = t["sum", .preactivation]
    let size = branch.map { abs($0 * gain) }.max() ?? 0
    for place in sum.indices {
      #expect(agree(sum[place], stem[place] + gain * branch[place], relative: 1e-6, absolute: 1e-7 * size))
    }
    for (below, above) in zip(t["branch", .gradient], t["sum", .preactivationGradient]) {
      #expect(agree(below, gain * above, relative: 1e-6))
    }
  }

  /// GPT-2's last layers share one unit of variance: the sum grows by less than their number. A branch of std s makes
  /// m' = m + (n s^2)(4 n s^2 / 2) m / N for a feed-forward pair of ReLU, with std^2 = 1/n so that each factor is 1 and 2.
  @Test func gpt2KeepsTheSumBelowItsBound() throws {
    let width = 64, depth = 24
    let network = try Network(input: .features(width)) {
      for _ in 0..<depth {
        Residual {
          LayerNorm()
          Dense(width, activation: .relu)
          Dense(width)
        }
      }
      Dense(3)
    }
    func growth(_ spec: String) throws -> [Double] {
      let report = try Audit(
        AuditConfiguration(network: network, initializers: [Initializer(parsing: spec)], batch: 64, replicas: 4)
      ).run()
      return report.runs[0].layers.filter { $0.kind == "add" }.map(\.activation.secondMoment)
    }
    let std = 1 / Double(width).squareRoot()
    // Each branch adds 1/2 (relu) over its count: 1.5 after all; without the factor 1 + depth / 2 = 13.
    let scaled = try growth("gpt2(std=\(std))"), plain = try growth("normal(std=\(std))")
    #expect(zip(scaled, scaled.dropFirst()).allSatisfy { $0 < $1 })
    // Sums of 24 branches of 64 units, 4 replicas: the deviation of log m2 is below (24 (5/64) / 4)^(1/2) / 24 = 3%, the
    // input's own 0.2%. Six of them.
    #expect(abs(try #require(scaled.last) / 1.5 - 1) < 0.2)
    #expect(try #require(scaled.last) < 2)
    #expect(try #require(plain.last) > 9)
  }
}
