import NetworkGraph
import SignalPropagation

extension SyntheticReport {
  /// What a block of a transformer consists of, as measuring points of a model from a file.
  static let transformerParts = [
    "ln_1", "attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.scores", "attn.softmax", "attn.mix", "attn.c_proj",
    "attn_dropout", "add", "ln_2", "mlp.c_fc", "mlp.act", "mlp.c_proj", "mlp_dropout",
  ]

  private typealias Point = (name: String, scope: String, kind: String)

  /// A model of a file with that many blocks, between an embedding and an output, nothing of which was ever run.
  static func graph(_ runs: [SyntheticRun], blocks: Int, parts: Int, replicas: Int = 3) -> AuditReport {
    let inner = (0..<blocks).flatMap { block in
      (0..<parts).map { part -> Point in
        let number = part / transformerParts.count
        let path = transformerParts[part % transformerParts.count] + (number == 0 ? "" : "_\(number)")
        let module = path.split(separator: ".").dropLast().reduce("transformer.h.\(block)") { "\($0).\($1)" }
        let own = path.split(separator: ".").last.map(String.init) ?? path
        return ("\(module).\(own)", module, own.hasPrefix("ln") ? "layer_norm" : own.hasPrefix("add") ? "sum" : "linear")
      }
    }
    var points: [Point] = [("transformer.wte", "transformer", "embedding")]
    points += inner
    points += [("transformer.ln_f", "transformer", "layer_norm"), ("lm_head", "", "linear")]
    var report = make(
      runs, layers: points.count, width: 768, replicas: replicas, command: "initscope audit model.onnx",
      draws: 64)
    report.network.name = "model"
    for (place, point) in points.enumerated() {
      report.network.layers[place].name = point.name
      report.network.layers[place].kind = point.kind
      report.network.layers[place].inputs = [place == 0 ? "input" : points[place - 1].name]
      for run in report.runs.indices {
        var layer = report.runs[run].layers[place]
        (layer.name, layer.kind, layer.scope, layer.value) = (point.name, point.kind, point.scope, "value_\(place)")
        report.runs[run].layers[place] = layer
        guard point.kind == "linear" || point.kind == "embedding", var weights = layer.weights else { continue }
        // As a document has it.
        weights.histogram = nil
        report.runs[run].parameters.append(
          ParameterSummary(
            name: point.name + ".weight", shape: [768, 768], role: .weight, layer: point.name, initializer: "file",
            values: weights, secondMoment: weights.variance, expectedMean: nil,
            gradient: .init(secondMoment: 1e-4, log10SecondMoment: -4), toWeightRatio: 0.02))
      }
    }
    for run in report.runs.indices {
      report.runs[run].outputLayer = points.count
      if report.runs[run].initializer == "file" { report.runs[run].replicaNote = "All replicas have the file's weights." }
    }
    return report
  }
}
