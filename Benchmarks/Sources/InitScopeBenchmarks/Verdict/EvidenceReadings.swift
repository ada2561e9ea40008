import ArgumentParser
import Foundation
import InitScope

/// Measures the tangent kernel's readings of the networks that were trained.
struct EvidenceReadings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-readings", abstract: "Tangent readings of the networks of a table of the verdict's evidence.",
    discussion: """
      Reads the networks' numbers in the table, of dense networks or (with --kinds) of every kind, and writes one row of \
      CSV for each and each size of the probe's batch: log10 of each reading, mean of replicas; inf where it lies beyond \
      what can be measured.
      """)

  @Argument(help: "A table that verdict-training or verdict-kinds-training wrote.") var table: String
  @Argument(help: "The file to write.") var output: String
  @Flag(help: "The table holds networks of every kind.") var kinds = false
  @Option var replicas = 2

  static var columns: [(name: String, reading: KeyPath<TangentReading, Double>)] {
    [
      ("loss", \.loss), ("signal", \.signal), ("noise", \.noise), ("gradient", \.gradient), ("output_size", \.outputSize),
      ("output_spread", \.outputSpread), ("readout_signal", \.readoutSignal), ("readout_noise", \.readoutNoise),
      ("largest_update", \.largestUpdate), ("smallest_update", \.smallestUpdate), ("minority", \.minority),
    ]
  }

  func run() throws {
    let images = try FashionMNIST.load(limit: 10_000)
    let dense = SampleTable(images, scaling: .standardized)
    let rows = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n").dropFirst()
    var text =
      (["part", "index", "batch"] + Self.columns.map(\.name) + ["zeros", "symmetric", "seconds"]).joined(separator: ",")
      + "\n"
    for row in rows {
      let fields = row.split(separator: ",")
      guard let index = Int(fields[1]) else { continue }
      let network: Network, initializer: String, samples: SampleTable
      if kinds {
        let evidence = try EvidenceArchitecture.draw(part: String(fields[0]), index: index)
        (network, initializer, samples) = (evidence.network, evidence.initializer, try evidence.task.table())
      } else {
        let evidence = EvidenceNetwork.draw(part: String(fields[0]), index: index)
        (network, initializer, samples) = (try evidence.network(), evidence.initializer, dense)
      }
      guard let task = ProbeTask(samples, outputs: network.output.count) else {
        preconditionFailure("the evidence has classes")
      }
      for batch in [TangentProbe.batch, TangentProbe.closerBatch] {
        let probe = try TangentProbe(
          network: network, initializer: try Initializer(parsing: initializer), task: task, batch: batch, seed: 0)
        let clock = ContinuousClock.now
        let reading = TangentReading.mean(try probe.measure(replicas: replicas, workers: 1))
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        let values = Self.columns.map { _, field -> String in
          let value = reading[keyPath: field]
          if value <= TangentReading.floor { return "-inf" }
          if value >= TangentReading.ceiling { return "inf" }
          return String(format: "%.5f", value)
        }
        let flags = [reading.startsWithZeros, reading.isSymmetric].map { $0 ? "1" : "0" }
        text +=
          ([String(fields[0]), "\(index)", "\(batch)"] + values + flags + [String(format: "%.5f", seconds)])
          .joined(separator: ",") + "\n"
      }
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: output))
  }
}
