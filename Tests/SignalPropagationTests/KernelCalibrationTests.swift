import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Initializers that look at data, and those that pass it through, on layers that share weights between positions.
@Suite struct KernelCalibrationTests {
  private static func networks() throws -> [Network] {
    [
      try Network(input: .image(channels: 3, height: 8, width: 8)) {
        Conv2D(8, kernel: 3, padding: .same, activation: .relu)
        Conv2D(6, kernel: 3, activation: .tanh)
        Flatten()
        Dense(5)
      },
      try Network(input: .sequence(steps: 12, features: 4)) {
        Conv1D(8, kernel: 3, padding: .same, activation: .relu)
        Dense(7, activation: .gelu)
        Flatten()
        Dense(5)
      },
    ]
  }

  @Test(arguments: [0, 1])
  func lsuvGivesUnitVariance(which: Int) throws {
    let network = try Self.networks()[which]
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.lsuv(tolerance: 0.01)], batch: 64, replicas: 1))
    let run = report.runs[0]
    #expect(run.calibration.map(\.layer) == network.nodes.filter { !$0.parameters.isEmpty }.map(\.name))
    for calibration in run.calibration {
      let z = t[calibration.layer, .preactivation], n = Double(z.count), mean = z.reduce(0, +) / n
      let variance = z.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      #expect(calibration.converged && abs(variance - 1) < 0.01, "\(calibration.layer): \(variance)")
    }
  }

  /// Each channel, and each feature over all steps, gets mean 0 and variance 1 over the data.
  @Test(arguments: [0, 1])
  func withinLayerNormalizesWhatSharesARow(which: Int) throws {
    let network = try Self.networks()[which]
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.krahenbuhl], batch: 64, replicas: 1))
    #expect(report.runs[0].calibration.count == 3)
    for node in network.nodes where !node.parameters.isEmpty {
      let z = t[node.name, .preactivation]
      let rows: Int, inner: Int
      switch node.shape {
      case .image(let channels, let height, let width): (rows, inner) = (channels, height * width)
      case .sequence(_, let features): (rows, inner) = (features, 1)
      case .features(let count): (rows, inner) = (count, 1)
      }
      for row in 0..<rows {
        let members = z.indices.filter { $0 / inner % rows == row }.map { z[$0] }
        let n = Double(members.count), mean = members.reduce(0, +) / n
        let variance = members.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        // Sums of at most 216 products round by 2^-24 each; scale and shift by as much.
        #expect(abs(mean) < 1e-4 && abs(variance - 1) < 1e-3, "\(node.name) row \(row): \(mean), \(variance)")
      }
    }
  }

  /// A dirac kernel passes images through; what a delta-orthogonal one makes has the norm of what it reads, position by
  /// position, and so has the gradient where channels are as many.
  @Test func diracIsTheIdentityAndDeltaOrthogonalAnIsometry() throws {
    let network = try Network(input: .image(channels: 5, height: 7, width: 6)) {
      Conv2D(5, kernel: 3, padding: .same, weights: .dirac)
      Conv2D(9, kernel: [3, 5], padding: .same, weights: .deltaOrthogonal)
      Conv2D(9, kernel: 3, padding: .same, weights: .deltaOrthogonal)
      Flatten()
      Dense(2, weights: .lecunNormal)
    }
    let (_, t) = try Harness.tapped(AuditConfiguration(network: network, initializers: [.zeros], batch: 3, replicas: 1))
    let x = t["input", .input]
    #expect(t["conv2d_1", .activation] == x)
    func norms(_ values: [Double], channels: Int) -> [Double] {
      (0..<(3 * 42)).map { place in
        (0..<channels).reduce(0) { sum, channel in
          let value = values[(place / 42 * channels + channel) * 42 + place % 42]
          return sum + value * value
        }
      }
    }
    let before = norms(x, channels: 5)
    // Two products of at most 45 terms that are not 0, and Haar matrices that are orthonormal to Float's precision.
    for node in ["conv2d_2", "conv2d_3"] {
      for (a, b) in zip(norms(t[node, .activation], channels: 9), before) { #expect(agree(a, b, relative: 1e-5)) }
    }
    let above = norms(t["conv2d_3", .gradient], channels: 9), below = norms(t["conv2d_2", .gradient], channels: 9)
    for (a, b) in zip(below, above) { #expect(agree(a, b, relative: 1e-5)) }
  }
}
