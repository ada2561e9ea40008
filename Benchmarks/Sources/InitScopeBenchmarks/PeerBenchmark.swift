import ArgumentParser
import Foundation
import InitScope

/// Runs the same audit in PyTorch and in InitScope, alternately.
struct PeerBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer", abstract: "InitScope's rate as a multiple of PyTorch's for the same audit.",
    discussion: """
      The peer takes the same statistics as InitScope's audit, or with --statistics basic means and variances only. Needs a \
      Python with PyTorch: python3 -m venv venv && venv/bin/pip install torch.
      """)

  @Option(help: "Python interpreter that can import torch.") var python = "python3"
  @Option(help: "The peer's script.") var script = "Benchmarks/peers/audit_torch.py"
  @Option(help: "What the peer measures: all or basic.") var statistics = "all"
  @Option var layers = 10
  @Option var units = 100
  @Option var batch = 1000
  @Option var replicas = 10
  @Option var threads = 2
  @Option var rounds = 7

  func run() throws {
    let configuration = AuditConfiguration(
      network: try perceptron(layers: layers, units: units), initializers: try comparedInitializers(), batch: batch,
      replicas: replicas, threads: threads)
    _ = try Audit(configuration).run()
    var ratios: [Double] = []
    for round in 1...rounds {
      let own = try Measuring.seconds { _ = try Audit(configuration).run() }
      let peer = try peerSeconds()
      ratios.append(peer / own)
      print(String(format: "round %d: InitScope %.4f s, PyTorch %.4f s, ratio %.1f", round, own, peer, peer / own))
    }
    print(
      String(
        format: "%d x %d, batch %d, %d initializers x %d replicas, statistics %@: %.1f times PyTorch's rate (%.1f..%.1f), "
          + "median of %d",
        layers, units, batch, configuration.initializers.count, replicas, statistics, Measuring.median(ratios),
        ratios.min() ?? 0, ratios.max() ?? 0, rounds))
  }

  /// The seconds that PyTorch reports for its second run, so that imports and first calls do not count.
  private func peerSeconds() throws -> Double {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      python, script, "--depth", "\(layers)", "--width", "\(units)", "--batch", "\(batch)", "--seeds", "\(replicas)",
      "--threads", "\(threads)", "--flush", "--statistics", statistics,
    ]
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any],
      let seconds = object["seconds"] as? Double
    else { throw ValidationError("\(script) printed no JSON with seconds") }
    return seconds
  }
}
