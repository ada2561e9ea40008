import NumberText
import SignalPropagation

/// What was measured, in words, for the lines under a title.
package struct ReportCaption {
  /// "mlp · relu · 21 layers · 1,318,922 parameters".
  package var network: String
  /// "gaussian input, standardized, batch 256 · 5 replicas, seed 0 · gradients of a N(0,1) cotangent".
  package var measurement: String

  package init(_ report: AuditReport) {
    let activations = Self.distinct(report.runs.map(\.activation))
    let layers = report.network.layers.count
    network = [
      report.network.name, activations.joined(separator: ", "), layers == 1 ? "1 layer" : "\(layers) layers",
      "\(FigureNumber.grouped(report.network.parameters)) parameters",
    ].filter { !$0.isEmpty }.joined(separator: " · ")

    let backward = report.input.backward == "gaussian" ? "a N(0,1) cotangent" : "the \(report.input.backward) loss"
    measurement =
      "\(report.input.source) input, \(report.input.scaling), batch \(report.input.batch) · "
      + "\(report.seeds == 1 ? "1 replica" : "\(report.seeds) replicas"), seed \(report.seed) · gradients of \(backward)"
  }

  /// How each run is called: its initializer, and its activation where runs differ in it.
  package static func labels(of runs: [InitializerRun]) -> [String] {
    let differ = distinct(runs.map(\.activation)).count > 1
    return runs.map { differ ? "\($0.initializer) \($0.activation)" : $0.initializer }
  }

  private static func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
