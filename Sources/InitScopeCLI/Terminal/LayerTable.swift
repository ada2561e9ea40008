import Glibc
import InitScope
import NumberText
import Rainbow

/// Every layer of one run, or an even selection of a deep one.
struct LayerTable {
  /// Rows that a person reads without scrolling.
  static let mostRows = 32

  let run: InitializerRun
  let columns: Int
  let color: Bool

  init(_ run: InitializerRun, columns: Int, color: Bool) {
    self.run = run
    self.columns = columns
    self.color = color
  }

  var text: String {
    let layouts = [(gap: 2, name: 24), (gap: 2, name: 18), (gap: 1, name: 18), (gap: 1, name: 12)]
    let table = TextTable.fitting(columns, layouts) { makeTable(gap: $0.gap, nameWidth: $0.name) }
    let shown = selection.count
    let note = shown < run.layers.count ? "\(shown) of \(run.layers.count) layers; --json has all.\n" : ""
    let key = """
      theory: mean-field prediction, finite width included, of the moment to its left; se: the layer's largest distance from \
      it in standard errors. dW/W: weight gradient to weights, norms; VarW: weight variance to the declared one, of a layer with \
      several weight tensors the farthest from 1.
      """
    return table.render(color: color) + note + Paragraph.wrap(key, columns: columns, indent: 0)
  }

  private func makeTable(gap: Int, nameWidth: Int) -> TextTable {
    var table = TextTable([
      .init("layer", .left), .init("units"), .init("E[z²]"), .init("E[a²]"), .init("theory"), .init("E[g²]"),
      .init("theory"), .init("se"), .init("dW/W"), .init("VarW"), .init("dead"), .init("sat."), .init("cos"),
    ])
    table.gap = gap
    for layer in selection {
      table.add([
        .init(TextTable.fit(layer.name, nameWidth)), .init("\(layer.units)"), level(layer.preactivation),
        level(layer.activation), theory(layer.activation), level(layer.gradient), theory(layer.gradient),
        .init(layer.largestResidual.map(TableNumber.residual) ?? "-"),
        .init(layer.weightGradient?.toWeightRatio.map(TableNumber.significant) ?? "-"),
        .init(varianceRatio(layer)), .init(layer.activation.deadFraction.map(TableNumber.percent) ?? "-"),
        .init(layer.activation.saturatedFraction.map(TableNumber.percent) ?? "-"),
        .init(layer.activation.cosineSimilarity.map(TableNumber.cosine) ?? "-"),
      ])
    }
    return table
  }

  private var selection: [LayerResult] {
    let count = run.layers.count
    guard count > Self.mostRows else { return run.layers }
    return (0..<Self.mostRows).map { run.layers[$0 * (count - 1) / (Self.mostRows - 1)] }
  }

  private func level(_ summary: SignalSummary) -> TextTable.Cell {
    if summary.nonFinite > 0 { return .init("nan", .red) }
    guard let value = summary.log10SecondMoment else { return .init("zero", .red) }
    return .init(TableNumber.power(log10: value), ChangeColor.of(value))
  }

  private func theory(_ summary: SignalSummary) -> TextTable.Cell {
    .init(summary.predictedLog10.map(TableNumber.power) ?? "-")
  }

  /// Of the weight tensor whose ratio lies farthest from 1.
  private func varianceRatio(_ layer: LayerResult) -> String {
    let tensors = run.parameters(of: layer).filter { $0.role == .weight }.map(\.values)
    let all = tensors.isEmpty ? [layer.weights].compactMap(\.self) : tensors
    let ratios = all.compactMap { weights in weights.expectedVariance.map { (weights.variance, $0) } }
    if ratios.contains(where: { $0 > 0 && $1 == 0 }) { return "inf" }
    let finite = ratios.filter { $1 > 0 }.map { $0 / $1 }
    let farthest = finite.max { abs(log($0)) < abs(log($1)) }
    return farthest.map(TableNumber.significant) ?? (ratios.isEmpty ? "-" : "0/0")
  }
}
