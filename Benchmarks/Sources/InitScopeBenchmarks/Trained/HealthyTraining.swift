import ArgumentParser
import Foundation

/// Trains the networks that `check` must pass.
struct HealthyTraining: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthy-training", abstract: "Train the networks of Fixtures/healthy that table.csv has no accuracy of.",
    discussion: """
      Plain SGD, 300 steps of batch 128, at each of four learning rates. The list is the table's own: a row is a network \
      file, an initializer and data.
      """)

  @Option(help: "The repository.") var root = "."
  @Option var threads = 1
  @Option var seed: UInt64 = 1

  func run() throws {
    let root = URL(filePath: root), directory = root.appending(path: "Fixtures/healthy")
    let file = directory.appending(path: "table.csv")
    var training = try TableTraining(
      file: file, directory: directory, readme: root.appending(path: "README.md"), waiting: try TrainedNetwork.read(file))
    try training.run(threads: threads, seed: seed)
    for row in training.rows where row.label != .trains { print("does not train: \(row)") }
  }
}
