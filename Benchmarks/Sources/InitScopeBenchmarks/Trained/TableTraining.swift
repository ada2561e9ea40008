import Foundation
import InitScope

/// Trains the rows of a table that have not been trained, and writes the table anew after each.
struct TableTraining {
  var file: URL
  var directory: URL
  var readme: URL
  var rows: [TrainedNetwork]

  /// - Parameter waiting: What the table shall hold, in its order; rows that it holds already keep their training.
  init(file: URL, directory: URL, readme: URL, waiting: [TrainedNetwork]) throws {
    self.file = file
    self.directory = directory
    self.readme = readme
    let known = FileManager.default.fileExists(atPath: file.path) ? try TrainedNetwork.read(file) : []
    let trained = Dictionary(known.map { ($0.identity, $0) }) { first, _ in first }
    rows = waiting.map { row in
      var row = row
      row.accuracies = trained[row.identity]?.accuracies ?? []
      row.commonest = trained[row.identity]?.commonest
      return row
    }
  }

  mutating func run(threads: Int, seed: UInt64) throws {
    for index in rows.indices where rows[index].accuracies.isEmpty {
      let start = ContinuousClock.now
      try train(index, threads: threads, seed: seed)
      try write()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let row = rows[index]
      print(String(format: "%5.1f s  %@  %.3f  %@", seconds, row.label?.rawValue ?? "-", row.best ?? 0, row.description))
    }
    try write()
  }

  private func write() throws {
    let text = ([TrainedNetwork.header] + rows.map(\.line)).joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: file, options: .atomic)
  }

  private mutating func train(_ index: Int, threads: Int, seed: UInt64) throws {
    let row = rows[index]
    let set = try row.samples(directory)
    let network = try row.makeNetwork(directory, readme: readme, shape: set.shape)
    let table = SampleTable(set, scaling: TrainedNetwork.scaling(network))
    rows[index].commonest = Self.commonest(table)
    rows[index].accuracies = try TrainedNetwork.learningRates.map { rate in
      try Self.accuracy(network, try Initializer(parsing: row.initializer), table, rate, threads: threads, seed: seed)
    }
  }

  private static func commonest(_ table: SampleTable) -> Double {
    guard !table.labels.isEmpty else { return 0 }
    let counts = Dictionary(grouping: table.labels) { $0 }.mapValues(\.count)
    return Double(counts.values.max() ?? 0) / Double(table.count)
  }

  /// Of the trained network on all that it was trained on.
  private static func accuracy(
    _ network: Network, _ initializer: Initializer, _ table: SampleTable, _ rate: Double, threads: Int, seed: UInt64
  ) throws -> Double {
    let loss: Loss =
      table.labels.isEmpty ? .meanSquaredError : network.output.count == 1 ? .binaryCrossEntropy : .crossEntropy
    // 300 steps in equal epochs, none longer than the set.
    let most = (table.count + 127) / 128
    let perEpoch = [30, 25, 20, 15, 12, 10, 6, 5, 4, 3, 2].first { $0 <= most } ?? 1
    var configuration = TrainingConfiguration(
      network: network, initializers: [initializer], data: TrainingData(name: "table", training: table, test: table),
      loss: loss,
      optimizer: .sgd(learningRate: rate), epochs: 300 / perEpoch, batch: min(128, table.count), replicas: 1, seed: seed,
      threads: threads)
    configuration.stepsPerEpoch = perEpoch
    configuration.traces = 0
    let run = try Training(configuration).run().runs[0]
    guard run.divergence == nil else { return 0 }
    if let accuracy = run.testAccuracy { return accuracy }
    guard let error = run.testLoss, error.isFinite else { return 0 }
    let mean = table.targets.reduce(0) { $0 + Double($1) } / Double(table.targets.count)
    let variance = table.targets.reduce(0) { $0 + pow(Double($1) - mean, 2) } / Double(table.targets.count)
    return max(0, 1 - error / variance)
  }
}
