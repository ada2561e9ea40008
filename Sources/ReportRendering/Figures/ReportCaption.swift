import NumberText
import SignalPropagation

/// Describes in words what was measured, for the lines under a title.
package struct ReportCaption {
  /// "mlp · relu · 21 layers · 1,318,922 parameters".
  package var network: String
  /// "gaussian input, standardized, batch 256 · drawn 5 times, seed 0 · gradients start from random numbers at the output".
  package var measurement: String

  package init(_ report: AuditReport) {
    let activations = Self.distinct(report.runs.map { Self.activations(of: $0, in: report.network) })
    let layers = report.network.layers.count
    network = [
      report.network.name, activations.joined(separator: ", "), layers == 1 ? "1 layer" : "\(layers) layers",
      "\(FigureNumber.grouped(report.network.parameters)) parameters",
    ].filter { !$0.isEmpty }.joined(separator: " · ")

    let backward =
      switch report.input.backward {
      case "gaussian": "gradients start from random numbers at the output"
      case "cross_entropy": "gradients of the cross-entropy loss"
      case "mean_squared_error": "gradients of the mean squared error"
      default: "gradients of the \(report.input.backward) loss"
      }
    measurement =
      "\(report.input.source) input, \(report.input.scaling), batch \(report.input.batch) · "
      + "drawn \(Self.times(report.seeds)), seed \(report.seed) · \(backward)"
  }

  /// The hidden layers' activation, or `2 activations (gelu, identity)`.
  package static func activations(of run: InitializerRun, in network: AuditReport.NetworkSummary) -> String {
    guard run.activation == "mixed" else { return run.activation }
    let names = distinct(network.layers.prefix(run.outputIndex).filter { $0.parameters > 0 }.map(\.activation))
    // Cells of recurrent layers have theirs inside.
    guard names.count > 1 else { return "several activations" }
    return "\(names.count) activations (\(names.prefix(4).joined(separator: ", "))\(names.count > 4 ? ", …" : ""))"
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

  /// The name of each run: its initializer, and its activation where runs differ in it.
  package static func labels(of runs: [InitializerRun]) -> [String] {
    let differ = distinct(runs.map(\.activation)).count > 1
    return runs.map { differ ? "\($0.initializer) \($0.activation)" : $0.initializer }
  }

  private static func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
