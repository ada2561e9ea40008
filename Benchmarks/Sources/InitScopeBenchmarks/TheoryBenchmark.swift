import ArgumentParser
import Foundation
import InitScope

/// Measures the time of a prediction: one cold query of the command, and a phase diagram on one thread of this process.
struct TheoryBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory",
    abstract: "Milliseconds of a cold `initscope theory`, and of a 64 x 64 phase diagram, as Markdown tables.")

  @Option(help: "The release binary.") var binary = ".build/release/initscope"
  @Option(help: "Cold queries of each activation.") var rounds = 21
  @Option(help: "Phase diagrams of each activation.") var diagrams = 5

  /// A closed form, smooth ones with and without several fixed points, a scale far from 1, and kinks.
  private static let activations = ["relu", "tanh", "gelu", "silu", "sigmoid", "hardtanh", "relu_squared"]

  func run() throws {
    print("| activation | cold query, ms | 64 x 64 diagram, ms |\n|---|---:|---:|")
    for name in Self.activations {
      var queries: [Double] = [], grids: [Double] = []
      for _ in 0..<rounds {
        queries.append(try ColdProcess.milliseconds(binary, ["theory", "--activation", name, "--json"]))
      }
      let activation = try Activation(parsing: name)
      // The window that the command draws, with the recommended point in its middle.
      let report = try TheoryReport(MomentTable(activation), weightVariance: nil, biasVariance: nil)
      let width = 2 * (report.criticalPoint?.weightVariance ?? 1)
      let weights = (0..<64).map { width * (Double($0) + 0.5) / 64 }, biases = (0..<64).map { 0.3 * (Double($0) + 0.5) / 64 }
      for _ in 0..<diagrams {
        grids.append(
          try Measuring.seconds { _ = try PhaseDiagram(activation, weightVariances: weights, biasVariances: biases) } * 1e3)
      }
      print("| \(name) | \(Self.summary(queries)) | \(Self.summary(grids)) |")
    }
    print("\nMedians with the range: \(rounds) queries from exec to exit, \(diagrams) diagrams on one core.")
  }

  private static func summary(_ values: [Double]) -> String {
    String(format: "%.0f (%.0f..%.0f)", Measuring.median(values), values.min() ?? 0, values.max() ?? 0)
  }
}
