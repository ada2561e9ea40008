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
  private let selection: [LayerSample.Part]
  private let weightTensors: [String: [ParameterSummary]]
  /// Indices of the layers that start from zero by design.
  private let zeros: Set<Int>
  /// Whether the columns are explained.
  let legend: Bool
  let columns: Int
  let color: Bool

  init(_ run: InitializerRun, choice: LayerChoice? = nil, legend: Bool = false, columns: Int, color: Bool) {
    self.run = run
    self.choice = choice
    weightTensors = Dictionary(grouping: run.parameters.filter { $0.role == .weight }, by: \.layer)
    let rows = choice.map { $0.rows(of: run) } ?? run.blocks
    self.rows = rows
    // Blocks are so few only where they stand for more layers.
    let most = rows.count < run.layers.count ? InitializerRun.mostSingleLayers : Self.mostRows
    selection = choice == nil ? LayerSample.parts(of: rows, most: most) : [LayerSample.Part(leftOut: 0, rows: rows)]
    zeros = DeadUnits.zeroByDesign(in: run)
    self.legend = legend
    self.columns = columns
    self.color = color
  }

  var text: String {
    let (layout, table) = fitting
    return table.render(color: color) + zerosNote + note + (legend ? "\n" + explanation(layout) : "")
  }

  /// The roomiest layout that fits, without columns that are empty; else the tightest.
  private var fitting: (layout: Layout, table: TextTable) {
    var layout = Layout.all[0], table = makeTable(layout)
    for next in Layout.all.dropFirst() where table.width > columns {
      layout = next
      table = makeTable(next)
    }
    return (layout, table)
  }

  private var zerosNote: String {
    outputIsZero || selection.contains { $0.rows.contains(where: isZeroByDesign) } ? ZeroByDesign.note + "\n" : ""
  }

  /// What the rows leave out, and how to see it.
  private var note: String {
    let shown = selection.reduce(0) { $0 + $1.rows.count }, total = run.layers.count
    if choice != nil { return shown < total ? "\(shown) of \(total) layers.\n" : "" }
    guard rows.count < total else {
      return shown < total ? "\(shown) of \(total) layers; --json has all.\n" : ""
    }
    let example = rows.first { $0.layers.count > 1 }?.name ?? ""
    let of = shown < rows.count ? "\(shown) of \(rows.count)" : "\(rows.count)"
    return Paragraph.wrap(
      "\(of) blocks of \(total) layers. A block's row has the numbers of its last layer, but vs theory, grad/W, var/law, "
        + "dead and flat of its worst. --layers all prints every layer, --layers \(example) those of one block.",
      columns: columns, indent: 0)
  }

  // MARK: Columns

  private enum Column: CaseIterable {
    case layer, units, preactivation, activation, activationTheory, gradient, gradientTheory, residual, toWeights, variance
    case dead, saturated, cosine
  }

  private struct Layout {
    var gap: Int
    var name: Int
    var titles: Titles
    /// Columns that a narrow terminal does without.
    var dropped: Set<Column> = []

    private static let whole = [
      Layout(gap: 2, name: 24, titles: .long), Layout(gap: 2, name: 18, titles: .long),
      Layout(gap: 1, name: 18, titles: .long), Layout(gap: 1, name: 18, titles: .short),
      Layout(gap: 1, name: 12, titles: .short),
    ]
    /// In this order, from what says least of a network to what says most.
    private static let dispensable: [Column] = [
      .saturated, .residual, .variance, .gradientTheory, .activationTheory, .units, .toWeights, .preactivation,
    ]
    static let all =
      whole
      + dispensable.indices.map {
        Layout(gap: 1, name: 12, titles: .short, dropped: Set(dispensable[...$0]))
      }
  }

  /// What the columns are called that narrow terminals have no room for.
  private struct Titles {
    var residual: String
    var variance: String
    var cosine: String

    static let long = Titles(residual: "vs theory", variance: "var/law", cosine: "cosine")
    static let short = Titles(residual: "off", variance: "var", cosine: "cos")

    func title(_ column: Column) -> String {
      switch column {
      case .layer: "layer"
      case .units: "units"
      case .preactivation: "E[z²]"
      case .activation: "E[a²]"
      case .gradient: "E[g²]"
      case .activationTheory, .gradientTheory: "theory"
      case .residual: residual
      case .toWeights: "grad/W"
      case .variance: variance
      case .dead: "dead"
      case .saturated: "flat"
      case .cosine: cosine
      }
    }

    /// The title, and what wider tables call the column where that is another name: `off ("vs theory" in a wider table)`.
    func explained(_ column: Column) -> String {
      let long = Titles.long.title(column), own = title(column)
      return own == long ? own : "\(own) (\"\(long)\" in a wider table)"
    }
  }

  private func explanation(_ layout: Layout) -> String {
    let titles = layout.titles
    func meaning(_ column: Column) -> String? {
      switch column {
      case .residual: "the layer's largest distance from theory, in standard errors; - where theory gives none."
      case .toWeights: "norm of the weight gradient divided by the norm of the weights."
      case .variance:
        "variance of the weights divided by what their scheme declares (\"zeros\" where both are 0); of several weight "
          + "tensors the one that is farthest from 1."
      case .dead: "units that are zero for the whole batch."
      case .saturated: "units that are saturated, where the activation is nearly flat."
      case .cosine: "mean cosine between two samples; at 1 they cannot be told apart."
      default: nil
      }
    }
    let shown = Set(columns(of: layout))
    let theory =
      shown.isDisjoint(with: [.activationTheory, .gradientTheory])
      ? ""
      : " theory: what mean-field theory predicts for the column to its left, with its correction for finite width."
    let squares =
      "E[z²], E[a²], E[g²]: mean squares of the pre-activations, of the activations, and of the gradients with respect "
      + "to the activations."
    let others = Column.allCases.compactMap { column in
      shown.contains(column) ? meaning(column).map { "\(titles.explained(column)): \($0)" } : nil
    }
    return ([squares + theory] + others).map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
  }

  private func makeTable(_ layout: Layout) -> TextTable {
    let shown = columns(of: layout)
    var table = TextTable(shown.map { .init(layout.titles.title($0), $0 == .layer ? .left : .right) })
    table.gap = layout.gap
    let names = LayerNames(selection.flatMap(\.rows).map(\.name), width: layout.name)
    var place = 0
    for part in selection {
      if part.leftOut > 0 { table.add(remark: "… \(part.leftOut) \(part.leftOut == 1 ? "row" : "rows") left out …") }
      for block in part.rows {
        let name = names.lines[place]
        if let heading = name.heading { table.add(remark: TextTable.fit(path: heading, columns)) }
        table.add(shown.map { $0 == .layer ? .init(name.text) : cell($0, block) })
        place += 1
      }
    }
    return table
  }

  /// The layout's columns but those in which no row has anything.
  private func columns(of layout: Layout) -> [Column] {
    let blocks = selection.flatMap(\.rows)
    return Column.allCases.filter { column in
      guard !layout.dropped.contains(column) else { return false }
      return column == .layer || blocks.contains { cell(column, $0).text != "-" }
    }
  }

  private func cell(_ column: Column, _ block: LayerBlock) -> TextTable.Cell {
    let layer = block.result, isZero = isZeroByDesign(block)
    switch column {
    case .layer: return .init(block.name)
    case .units: return .init("\(layer.units)")
    case .preactivation: return level(layer.preactivation, isZero)
    case .activation: return level(layer.activation, isZero)
    case .activationTheory: return theory(layer.activation)
    case .gradient: return level(layer.gradient, !zeros.isEmpty)
    case .gradientTheory: return theory(layer.gradient)
    case .residual: return .init(block.layers.compactMap(\.largestResidual).max().map(TableNumber.residual) ?? "-")
    case .toWeights: return .init(layer.weightGradient?.toWeightRatio.map(TableNumber.significant) ?? "-")
    case .variance: return .init(varianceRatio(block.layers))
    case .dead: return .init(dead(block))
    case .saturated: return .init(layer.activation.saturatedFraction.map(TableNumber.percent) ?? "-")
    case .cosine: return .init(layer.activation.cosineSimilarity.map(TableNumber.cosine) ?? "-")
    }
  }

  // MARK: Rows

  /// Whether the row's signal, which is that of the block's last layer, is zero by design.
  private func isZeroByDesign(_ block: LayerBlock) -> Bool { block.layers.last.map { zeros.contains($0.index) } ?? false }

  /// The share of dead units in the worst layer of those that are not meant to be zero.
  private func dead(_ block: LayerBlock) -> String {
    let judged = block.layers.filter { !zeros.contains($0.index) }
    guard !judged.isEmpty else { return ZeroByDesign.mark }
    return judged.compactMap(\.activation.deadFraction).max().map(TableNumber.percent) ?? "-"
  }

  /// Whether the output layer starts from zeros, so that no gradient passes below it at step 0.
  private var outputIsZero: Bool { ZeroByDesign.ofOutput(run, zeros) }

  private func level(_ summary: SignalSummary, _ isZeroByDesign: Bool) -> TextTable.Cell {
    if summary.nonFinite > 0 { return .init("nan", .red) }
    guard let value = summary.log10SecondMoment else {
      return isZeroByDesign ? .init(ZeroByDesign.zero) : .init("zero", .red)
    }
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
