import ArgumentParser
import Foundation
import InitScope
import Synchronization

/// Trains networks of every kind: with exact zeros, convolutions, recurrent cells, attention, embeddings, and other tasks.
struct KindTraining: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-kinds-training",
    abstract: "Train networks of every kind for the verdict's evidence, one CSV row each.",
    discussion: """
      300 steps of batch 128 at each of the learning rates: plain SGD, or Adam with --adam. `majority` is the share of the \
      commonest class, `end_` columns hold the trained network's accuracy on all samples, 0 where training diverged. \
      Networks that are in the file already are not trained again.
      """)

  @Option(help: "development or held-out.") var part = "development"
  @Option var first = 0
  @Option var count = 800
  @Option var threads = 2
  @Option(help: "Seed of network 0; each other number adds itself.") var seed = 50_000
  @Flag(help: "Adam at 1e-4, 1e-3, 1e-2 in place of plain SGD.") var adam = false
  @Option(help: "The file to extend.") var output = "Reports/verdict/kinds-development.csv"

  static let adamRates = [1e-4, 1e-3, 1e-2]

  func run() throws {
    let rates = adam ? Self.adamRates : EvidenceTraining.learningRates
    let header = ([EvidenceArchitecture.header, "majority"] + rates.map { "end_\($0)" }).joined(separator: ",")
    let known = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    if known.isEmpty { try Data((header + "\n").utf8).write(to: URL(fileURLWithPath: output)) }
    let done = Set(known.split(separator: "\n").dropFirst().compactMap { Int($0.split(separator: ",")[1]) })
    let waiting = Mutex((first..<(first + count)).filter { !done.contains($0) })
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: output))
    try file.seekToEnd()
    let rows = Mutex(file)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while let index = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        do {
          let row = try row(index, rates)
          try rows.withLock { try $0.write(contentsOf: Data((row + "\n").utf8)) }
        } catch {
          print("network \(index): \(error)")
        }
      }
    }
  }

  private func row(_ index: Int, _ rates: [Double]) throws -> String {
    let evidence = try EvidenceArchitecture.draw(part: part, index: index)
    let table = try evidence.task.table()
    let initializer = try Initializer(parsing: evidence.initializer)
    let ends = try rates.map { rate in
      let optimizer: Optimizer = adam ? .adam(learningRate: rate) : .sgd(learningRate: rate)
      return try Self.accuracy(evidence.network, initializer, table, optimizer, seed: UInt64(seed + index))
    }
    let majority = EvidenceTask.majority(table)
    return (evidence.fields + ([majority] + ends).map { String(format: "%.4f", $0) }).joined(separator: ",")
  }

  /// Accuracy on all samples after 300 steps of batch 128; 0 where training diverged.
  static func accuracy(
    _ network: Network, _ initializer: Initializer, _ table: SampleTable, _ optimizer: Optimizer, seed: UInt64
  ) throws -> Double {
    let steps = table.count / 128
    var configuration = TrainingConfiguration(
      network: network, initializers: [initializer], data: TrainingData(name: "evidence", training: table, test: table),
      loss: network.output.count == 1 ? .binaryCrossEntropy : .crossEntropy, optimizer: optimizer,
      epochs: (300 + steps - 1) / steps, batch: 128, replicas: 1, seed: seed, threads: 1)
    configuration.stepsPerEpoch = steps
    configuration.traces = 0
    let run = try Training(configuration).run().runs[0]
    return run.divergence == nil ? run.testAccuracy ?? 0 : 0
  }
}
