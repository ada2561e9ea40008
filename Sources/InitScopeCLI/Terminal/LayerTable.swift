import Glibc
import InitScope
import NumberText
import Rainbow

/// Every layer of one run, or an even selection of a deep one; a model from a file by its blocks.
struct LayerTable {
  /// Rows that a person reads without scrolling.
  static let mostRows = 32

  let run: InitializerRun
  /// Which layers are shown; nil for blocks, or what a person can read.
  let choice: LayerChoice?
  private let rows: [LayerBlock]
  private let weightTensors: [String: [ParameterSummary]]
  /// Whether the columns are explained.
  let legend: Bool
  let columns: Int
  let color: Bool

  init(_ run: InitializerRun, choice: LayerChoice? = nil, legend: Bool = false, columns: Int, color: Bool) {
    self.run = run
    self.choice = choice
    weightTensors = Dictionary(grouping: run.parameters.filter { $0.role == .weight }, by: \.layer)
    rows = choice.map { $0.rows(of: run) } ?? run.blocks
    self.legend = legend
    self.columns = columns
    self.color = color
  }

  var text: String {
    let layouts = [
      Layout(gap: 2, name: 24, titles: .long), Layout(gap: 2, name: 18, titles: .long),
      Layout(gap: 1, name: 18, titles: .long), Layout(gap: 1, name: 18, titles: .short),
      Layout(gap: 1, name: 12, titles: .short),
    ]
    if let layout = layouts.first(where: { makeTable($0).width <= columns }) {
      return makeTable(layout).render(color: color) + note + (legend ? "\n" + explanation(layout.titles) : "")
    }
    // Where theory says nothing, its columns are the first that a narrow terminal can do without.
    let table = makeTable(layouts[layouts.count - 1]).withoutEmptyColumns
    return table.render(color: color) + note + (legend ? "\n" + explanation(.short) : "")
  }

  /// What the rows leave out, and how to see it.
  private var note: String {
    let shown = selection.count, total = run.layers.count
    if choice != nil { return shown < total ? "\(shown) of \(total) layers.\n" : "" }
    guard rows.count < total else {
      return shown < total ? "\(shown) of \(total) layers; --json has all.\n" : ""
    }
    let example = rows.first { $0.layers.count > 1 }?.name ?? ""
    let of = shown < rows.count ? "\(shown) of \(rows.count)" : "\(rows.count)"
    return Paragraph.wrap(
      "\(of) blocks of \(total) layers. A block's row has the numbers of its last layer; vs theory, grad/W, var/law, dead "
        + "and flat are those of its worst. --layers all prints every layer, --layers \(example) those of one block.",
      columns: columns, indent: 0)
  }

  // MARK: Columns

  private struct Layout {
    var gap: Int
    var name: Int
    var titles: Titles
  }

  /// What the columns are called that narrow terminals have no room for.
  private struct Titles {
    var theory: String
    var gradient: String
    var variance: String
    var saturated: String
    var cosine: String

    static let long = Titles(
      theory: "vs theory", gradient: "grad/W", variance: "var/law", saturated: "flat", cosine: "cosine")
    static let short = Titles(theory: "off", gradient: "grad/W", variance: "var", saturated: "flat", cosine: "cos")

    /// What wider tables call a column, where that is another name: ` ("vs theory" in a wider table)`.
    func long(_ title: KeyPath<Titles, String>) -> String {
      let long = Titles.long[keyPath: title]
      return self[keyPath: title] == long ? "" : " (\"\(long)\" in a wider table)"
    }
  }

  private func explanation(_ titles: Titles) -> String {
    let sentences = [
      "E[z²], E[a²], E[g²]: mean squares of the pre-activations, of the activations, and of the gradients with respect to "
        + "the activations. theory: what mean-field theory predicts for the column to its left, with its "
        + "correction for finite width.",
      "\(titles.theory)\(titles.long(\.theory)): the layer's largest distance from theory, in standard errors; - where "
        + "theory gives none.",
      "\(titles.gradient): norm of the weight gradient divided by the norm of the weights. "
        + "\(titles.variance)\(titles.long(\.variance)): variance of the weights divided by what their scheme declares "
        + "(\"zeros\" where both are 0); of several weight tensors the one that is farthest from 1.",
      "dead: units that are zero for the whole batch. \(titles.saturated): units that are saturated, where the activation "
        + "is nearly flat. \(titles.cosine)\(titles.long(\.cosine)): mean cosine between two samples; at 1 they cannot be "
        + "told apart.",
    ]
    return sentences.map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
  }

  private func makeTable(_ layout: Layout) -> TextTable {
    let titles = layout.titles
    var table = TextTable([
      .init("layer", .left), .init("units"), .init("E[z²]"), .init("E[a²]"), .init("theory"), .init("E[g²]"),
      .init("theory"), .init(titles.theory), .init(titles.gradient), .init(titles.variance), .init("dead"),
      .init(titles.saturated), .init(titles.cosine),
    ])
    table.gap = layout.gap
    for block in selection {
      let layer = block.result
      table.add([
        .init(TextTable.fit(path: block.name, layout.name)), .init("\(layer.units)"), level(layer.preactivation),
        level(layer.activation), theory(layer.activation), level(layer.gradient), theory(layer.gradient),
        .init(block.layers.compactMap(\.largestResidual).max().map(TableNumber.residual) ?? "-"),
        .init(layer.weightGradient?.toWeightRatio.map(TableNumber.significant) ?? "-"),
        .init(varianceRatio(block.layers)), .init(layer.activation.deadFraction.map(TableNumber.percent) ?? "-"),
        .init(layer.activation.saturatedFraction.map(TableNumber.percent) ?? "-"),
        .init(layer.activation.cosineSimilarity.map(TableNumber.cosine) ?? "-"),
      ])
    }
    return table
  }

  private var selection: [LayerBlock] {
    let count = rows.count
    // Blocks are so few only where they stand for more layers.
    let most = rows.count < run.layers.count ? InitializerRun.mostSingleLayers : Self.mostRows
    guard choice == nil, count > most else { return rows }
    return (0..<most).map { rows[$0 * (count - 1) / (most - 1)] }
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
  private func varianceRatio(_ layers: [LayerResult]) -> String {
    let all = layers.flatMap { layer in
      let tensors = (weightTensors[layer.name] ?? []).map(\.values)
      return tensors.isEmpty ? [layer.weights].compactMap(\.self) : tensors
    }
    let ratios = all.compactMap { weights in weights.expectedVariance.map { (weights.variance, $0) } }
    if ratios.contains(where: { $0 > 0 && $1 == 0 }) { return "inf" }
    let finite = ratios.filter { $1 > 0 }.map { $0 / $1 }
    let farthest = finite.max { abs(log($0)) < abs(log($1)) }
    return farthest.map(TableNumber.significant) ?? (ratios.isEmpty ? "-" : "zeros")
  }
}
