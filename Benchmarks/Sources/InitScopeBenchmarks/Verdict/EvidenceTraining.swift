import ArgumentParser
import Foundation
import InitScope
import Synchronization

/// Trains the networks from which the verdict's model is fitted, and those on which it is tested.
struct EvidenceTraining: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-training", abstract: "Train networks drawn for the verdict's evidence, a row of CSV each.",
    discussion: """
      Plain SGD, 300 steps of batch 128 on Fashion-MNIST's first 10,000 images, standardized, at each of four learning \
      rates. `run_` columns hold the accuracy over the last 30 batches as they were trained on, `end_` columns that of the \
      trained network on all 10,000 images. Networks that are in the file already are not trained again.
      """)

  static let learningRates = [0.001, 0.01, 0.1, 1]

  @Option(help: "development or held-out.") var part = "development"
  @Option var first = 0
  @Option var count = 1000
  @Option var threads = 2
  @Option(help: "Seed of network 0; each other number adds itself.") var seed = 1000
  @Option(help: "The file to extend.") var output = "Reports/verdict/development.csv"

  func run() throws {
    let set = try FashionMNIST.load(limit: 10_000)
    let table = SampleTable(set, scaling: .standardized)
    let data = TrainingData(name: "fashion-mnist", training: table, test: table)
    let names = Self.learningRates.map { "\($0)" }
    let header = ([EvidenceNetwork.header] + names.map { "run_\($0)" } + names.map { "end_\($0)" }).joined(separator: ",")
    let known = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    if known.isEmpty { try Data((header + "\n").utf8).write(to: URL(fileURLWithPath: output)) }
    let done = Set(known.split(separator: "\n").dropFirst().compactMap { Int($0.split(separator: ",")[1]) })
    let waiting = Mutex((first..<(first + count)).filter { !done.contains($0) })
    // A file that cannot be extended is reported before an hour of training, not after it.
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: output))
    try file.seekToEnd()
    let rows = Mutex(file)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while let index = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        let evidence = EvidenceNetwork.draw(part: part, index: index)
        do {
          let row = try row(evidence, data)
          try rows.withLock { try $0.write(contentsOf: Data((row + "\n").utf8)) }
        } catch {
          print("network \(index) \(evidence.fields.joined(separator: ",")): \(error)")
        }
      }
    }
  }

  private func row(_ evidence: EvidenceNetwork, _ data: TrainingData) throws -> String {
    let reached = try Self.accuracies(
      try evidence.network(), try Initializer(parsing: evidence.initializer), data, seed: UInt64(seed + evidence.index))
    return (evidence.fields + reached.during + reached.after).joined(separator: ",")
  }

  /// Accuracies at the learning rates: over the last 30 batches, and of the trained network.
  static func accuracies(
    _ network: Network, _ initializer: Initializer, _ data: TrainingData, seed: UInt64
  ) throws -> (during: [String], after: [String]) {
    var during: [String] = [], after: [String] = []
    for rate in learningRates {
      var configuration = TrainingConfiguration(
        network: network, initializers: [initializer], data: data, optimizer: .sgd(learningRate: rate), epochs: 10,
        batch: 128,
        replicas: 1, seed: seed, threads: 1)
      configuration.stepsPerEpoch = 30
      configuration.traces = 0
      let run = try Training(configuration).run().runs[0]
      // A run that diverged has learned nothing.
      during.append(run.divergence == nil ? format(run.epochs.last?.accuracy) : "0")
      after.append(run.divergence == nil ? format(run.testAccuracy) : "0")
    }
    return (during, after)
  }

  private static func format(_ accuracy: Double?) -> String { accuracy.map { String(format: "%.4f", $0) } ?? "" }
}
