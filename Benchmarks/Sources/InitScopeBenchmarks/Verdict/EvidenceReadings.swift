import ArgumentParser
import Foundation
import InitScope

/// What the tangent kernel says of the networks that were trained.
struct EvidenceReadings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-readings", abstract: "Tangent readings of the networks of a table of the verdict's evidence.",
    discussion: "Reads the networks' numbers in the table and writes a row of CSV each: log10 of each reading, mean of replicas.")

  @Argument(help: "A table that verdict-training wrote.") var table: String
  @Argument(help: "The file to write.") var output: String
  @Option var replicas = 2

  static let header = "part,index,loss,signal,noise,common,gradient,sharpness,output_size,output_spread,readout_signal,readout_noise,elasticity,largest_update,smallest_update,descent,seconds"

  func run() throws {
    let set = try FashionMNIST.load(limit: 10_000)
    let samples = SampleTable(set, scaling: .standardized)
    guard let task = ProbeTask(samples, outputs: 10) else { preconditionFailure("Fashion-MNIST has ten classes") }
    let rows = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n").dropFirst()
    var text = Self.header + "\n"
    for row in rows {
      let fields = row.split(separator: ",")
      guard let index = Int(fields[1]) else { continue }
      let evidence = EvidenceNetwork.draw(part: String(fields[0]), index: index)
      let probe = try TangentProbe(
        network: try evidence.network(), initializer: try Initializer.list(parsing: evidence.initializer)[0], task: task,
        seed: 0)
      let clock = ContinuousClock.now
      let reading = TangentReading.mean(try probe.measure(replicas: replicas, workers: 1))
      let seconds = (ContinuousClock.now - clock) / .seconds(1)
      let values = [
        reading.loss, reading.signal, reading.noise, reading.common, reading.gradient, reading.sharpness, reading.outputSize,
        reading.outputSpread, reading.readoutSignal, reading.readoutNoise, reading.elasticity, reading.largestUpdate,
        reading.smallestUpdate, reading.descent, seconds,
      ]
      text += ([String(fields[0]), "\(index)"] + values.map { String(format: "%.5f", $0) }).joined(separator: ",") + "\n"
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: output))
  }
}
