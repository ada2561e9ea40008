import DataSets
import Foundation
import NetworkGraph
import TrainingRuns

/// A directory for checkpoints, removed with its owner.
final class CheckpointScratch: Sendable {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("initscope-\(UUID())").path

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

  func write(_ bytes: [UInt8], as name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
}

extension TrainingConfiguration {
  /// 40 samples in batches of 16, the last of 8, through dropout and batch normalization; 10 more to validate and to test.
  static func interruptible(_ change: (inout TrainingConfiguration) -> Void = { _ in }) throws -> TrainingConfiguration {
    let network = try Network(input: .features(4)) {
      Dense(12, activation: .tanh).named("first")
      Dropout(0.4)
      BatchNorm(activation: .relu)
      Dense(8, activation: .gelu)
      Dropout(0.2)
      Dense(2).named("output")
    }
    let data = TrainingData(
      name: "separable", training: Sets.separable(40), validation: Sets.separable(10, seed: 2),
      test: Sets.separable(10, seed: 3))
    var c = TrainingConfiguration(
      network: network, initializers: [.heNormal], data: data, epochs: 3, batch: 16, replicas: 1, seed: 5, threads: 1)
    c.traces = 5
    change(&c)
    return c
  }

  /// Trains with checkpoints and stops after `epochs` epochs of all runs together.
  func stop(after epochs: Int, in directory: String) throws {
    struct Stop: Error {}
    var c = self
    c.checkpoints = directory
    do {
      _ = try Training(c).run { done, _ in if done >= epochs { throw Stop() } }
    } catch is Stop {}
  }
}

extension TrainingReport {
  /// Without what a clock made.
  var withoutSeconds: TrainingReport {
    var report = self
    for run in report.runs.indices {
      for epoch in report.runs[run].epochs.indices { report.runs[run].epochs[epoch].seconds = 0 }
    }
    return report
  }
}
