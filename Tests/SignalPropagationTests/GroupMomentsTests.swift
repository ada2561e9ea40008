import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Moments of channels and steps against their definition on the raw tensor.
@Suite struct GroupMomentsTests {
  /// `values` stand sample by sample, group by group, `size` values each.
  private func check(
    _ groups: GroupMoments?, _ values: [Double], kind: GroupMoments.Kind, batch: Int, count: Int, size: Int, _ what: String
  ) throws {
    let groups = try #require(groups, "\(what)")
    #expect(groups.kind == kind)
    try #require(groups.mean.count == count && values.count == batch * count * size, "\(what)")
    for group in 0..<count {
      var members: [Double] = []
      for sample in 0..<batch {
        let start = (sample * count + group) * size
        members += values[start..<(start + size)]
      }
      let n = Double(members.count), mean = members.reduce(0, +) / n
      let second = members.reduce(0) { $0 + $1 * $1 } / n, variance = second - mean * mean
      // Float holds each value to 2^-24; sums run in Double.
      #expect(agree(groups.secondMoment[group], second, relative: 1e-6), "\(what) \(group)")
      #expect(agree(groups.mean[group], mean, relative: 1e-6, absolute: 1e-6 * second.squareRoot()), "\(what) \(group)")
      // Divided by the count or one less: both are the variance of this many values.
      #expect(agree(groups.variance[group], variance, relative: 1.01 / (n - 1), absolute: 1e-6 * second), "\(what) \(group)")
    }
  }

  @Test func channelsOfImages() throws {
    let network = try Network(input: .image(channels: 2, height: 6, width: 5)) {
      Conv2D(4, kernel: 3, padding: .same, activation: .relu, bias: .normal(std: 1))
      MaxPool(2)
      Flatten()
      Dense(3)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 7, replicas: 1))
    for (index, size) in [30, 6].enumerated() {
      let layer = report.runs[0].layers[index]
      for (kind, summary) in layer.signals where kind != .weightGradient {
        try check(
          summary.groups, t[layer.name, kind], kind: .channel, batch: 7, count: 4, size: size, "\(layer.name) \(kind)")
      }
    }
    #expect(report.runs[0].layers[2].activation.groups == nil)
  }

  @Test func stepsOfSequences() throws {
    let network = try Network(input: .sequence(steps: 9, features: 3)) {
      GRU(5, returns: .sequence)
      Dense(4, activation: .tanh, bias: .normal(std: 0.5))
      LastStep()
      Dense(2)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.glorotNormal], batch: 6, replicas: 1))
    for (index, size) in [5, 4].enumerated() {
      let layer = report.runs[0].layers[index]
      for (kind, summary) in layer.signals where kind == .preactivation || kind == .activation {
        // A cell's pre-activation is that of its three gates.
        let values = index == 0 && kind == .preactivation ? 3 * size : size
        try check(
          summary.groups, t[layer.name, kind], kind: .step, batch: 6, count: 9, size: values, "\(layer.name) \(kind)")
      }
    }
  }
}
