import ArgumentParser
import Foundation
import InitScope

/// Trains every preset and every network that README shows.
struct PresetTraining: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-presets",
    abstract: "Train the presets, README's networks and some that are hard to judge into Reports/verdict/presets.csv.",
    discussion: """
      Plain SGD, 300 steps of batch 128, at each of four learning rates. README's networks are read from README.md. Rows \
      that the table holds already are not trained again; rows that nothing asks for any more are dropped.
      """)

  @Option(help: "The repository.") var root = "."
  @Option var threads = 1
  @Option var seed: UInt64 = 1

  func run() throws {
    let root = URL(filePath: root), readme = root.appending(path: "README.md")
    let file = root.appending(path: "Reports/verdict/presets.csv")
    var training = try TableTraining(
      file: file, directory: root.appending(path: "Fixtures/trained"), readme: readme,
      waiting: try PresetRows.all(readme: try String(contentsOf: readme, encoding: .utf8)))
    try training.run(threads: threads, seed: seed)
    try Data(PresetDocument(rows: training.rows).text.utf8).write(
      to: root.appending(path: "Reports/verdict/presets.md"), options: .atomic)
  }
}
