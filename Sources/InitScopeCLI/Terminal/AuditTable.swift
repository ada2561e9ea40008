import InitScope
import NumberText
import Rainbow
import Spelling

/// A report as a person reads it on a terminal: one comparison of the initializers, and every layer where there is only one;
/// then what was found, and last, above the prompt, the verdict and what to do.
struct AuditTable {
  let report: AuditReport
  /// Which layers are listed; nil for all of a small network with one run, or the blocks of a large one.
  let layers: LayerChoice?
  /// Classes of the data; nil where it has none.
  let classes: Int?
  /// Why a run has no verdict, in whole sentences; nil where each has one or none was asked for.
  let refusal: String?
  /// Whether the columns are explained.
  let legend: Bool
  let columns: Int
  let color: Bool

  init(
    _ report: AuditReport, layers: LayerChoice? = nil, classes: Int? = nil, refusal: String? = nil, legend: Bool = false,
    columns: Int,
    color: Bool
  ) {
    self.report = report
    self.layers = layers
    self.classes = classes
    self.refusal = refusal
    self.legend = legend
    self.columns = columns
    self.color = color
  }

  var text: String {
    var sections = [heading, comparison + replicaNotes + (legend ? "\n" + explanation : "")]
    if report.runs.count == 1 {
      sections.append(table(of: report.runs[0], legend: legend))
    } else if layers != nil {
      for (place, run) in report.runs.enumerated() {
        let title = TerminalText.safe(run.initializer) + "\n"
        sections.append((color ? title.bold : title) + table(of: run, legend: legend && place == report.runs.count - 1))
      }
    }
    sections.append(FindingList(report.runs, columns: columns, color: color).text)
    sections.append(VerdictList(report.runs, columns: columns, color: color).text)
    if let refusal { sections.append(Paragraph.wrap(refusal, columns: columns, indent: 0)) }
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func table(of run: InitializerRun, legend: Bool) -> String {
    LayerTable(run, choice: layers, legend: legend, columns: columns, color: color).text
  }

  /// What the replicas of some runs have in common.
  private var replicaNotes: String {
    var seen: Set<String> = []
    return report.runs.filter { run in run.replicaNote.map { seen.insert($0).inserted } ?? false }.map { run in
      let subject = report.runs.count == 1 ? "" : "\(TerminalText.safe(run.initializer)): "
      return Paragraph.wrap(subject + (run.replicaNote ?? ""), columns: columns, indent: 0)
    }.joined()
  }

  private var heading: String {
    let network = report.network
    let activations = report.runs.first.map { ReportCaption.activations(of: $0, in: network) } ?? ""
    let title =
      "\(network.name): \(hiddenLayers), \(activations), \(groupedNumber(network.parameters)) parameters"
    let input = report.input
    let detail =
      "input \(TerminalText.safe(input.source)) (\(input.scaling)"
      + (input.classNames.map { ", \(ClassNames.text($0.count, $0))" } ?? "")
      + "), batch \(input.batch), \(report.seeds) replica\(report.seeds == 1 ? "" : "s"), seed \(report.seed), "
      + "backward \(input.backward)"
    let time =
      String(TableNumber.significant(report.environment.seconds)) + " s on \(report.environment.threads) threads, "
      + "peak memory \(report.environment.peakMemoryBytes >> 20) MiB" + (legend ? "" : ". --legend explains the columns.")
    let heading = Paragraph.wrap(title, columns: columns, indent: 0)
    return (color ? heading.bold : heading) + Paragraph.wrap(detail, columns: columns, indent: 0)
      + Paragraph.wrap(time, columns: columns, indent: 0)
  }

  /// `20 hidden layers x 256`; of a network that has others, `4 hidden layers with weights, 7 without`.
  private var hiddenLayers: String {
    let network = report.network
    let all = network.layers.prefix(report.runs.first?.outputIndex ?? max(0, network.layers.count - 1))
    let weighted = all.indices.filter { report.runs.first?.layers[$0].weights != nil }
    let widths = Set(weighted.map { all[$0].outputShape.reduce(1, *) })
    let shape = widths.count == 1 ? " x \(widths.first ?? 0)" : ""
    let head = "\(weighted.count) hidden layer\(weighted.count == 1 ? "" : "s")", others = all.count - weighted.count
    return others == 0 ? head + shape : "\(head)\(shape) with weights, \(others) without"
  }

  // MARK: Comparison

  /// How much room a comparison takes.
  private struct Layout {
    var nameWidth: Int
    var sparkline: Int
    var gap: Int
    var intervals: Bool

    var titles = Titles.long

    static let all = [
      Layout(nameWidth: 40, sparkline: 10, gap: 2, intervals: true),
      Layout(nameWidth: 24, sparkline: 10, gap: 2, intervals: true),
      Layout(nameWidth: 24, sparkline: 8, gap: 2, intervals: true),
      Layout(nameWidth: 20, sparkline: 8, gap: 2, intervals: true),
      Layout(nameWidth: 24, sparkline: 8, gap: 1, intervals: true),
      Layout(nameWidth: 18, sparkline: 8, gap: 1, intervals: true),
      Layout(nameWidth: 24, sparkline: 8, gap: 2, intervals: false),
      Layout(nameWidth: 24, sparkline: 8, gap: 1, intervals: false),
      Layout(nameWidth: 18, sparkline: 8, gap: 1, intervals: false),
      Layout(nameWidth: 14, sparkline: 8, gap: 1, intervals: false),
      Layout(nameWidth: 18, sparkline: 8, gap: 1, intervals: false, titles: .short),
      Layout(nameWidth: 14, sparkline: 8, gap: 1, intervals: false, titles: .short),
      Layout(nameWidth: 12, sparkline: 6, gap: 1, intervals: false, titles: .short),
    ]
  }

  /// What the columns are called that narrow terminals have no room for.
  private struct Titles {
    var growth: String
    var cosine: String
    var theory: String

    static let long = Titles(growth: "per layer", cosine: "cosine", theory: "vs theory")
    static let short = Titles(growth: "growth", cosine: "cos", theory: "off")

    /// What wider tables call a column, where that is another name: ` ("vs theory" in a wider table)`.
    func long(_ title: KeyPath<Titles, String>) -> String {
      let long = Titles.long[keyPath: title]
      return self[keyPath: title] == long ? "" : " (\"\(long)\" in a wider table)"
    }
  }

  /// The widest layout that fits, else the narrowest.
  private var layout: Layout {
    Layout.all.first { table($0).width <= columns } ?? Layout.all[Layout.all.count - 1]
  }

  private var comparison: String { table(layout).render(color: color) + zerosNote }

  /// What the mark means, where the table of layers does not say it.
  private var zerosNote: String {
    let isMarked = report.runs.contains { run in
      let zeros = DeadUnits.zeroByDesign(in: run)
      return run.hiddenLayers.contains { zeros.contains($0.index) } || ZeroByDesign.ofOutput(run, zeros)
    }
    return isMarked && report.runs.count > 1 ? ZeroByDesign.note + "\n" : ""
  }

  private func table(_ layout: Layout) -> TextTable {
    let titles = layout.titles
    var table = TextTable([
      .init("initializer", .left), .init("forward", .left), .init("last"), .init(titles.growth, .left),
      .init("backward", .left), .init("first"), .init(titles.growth, .left), .init("dead"), .init(titles.cosine),
      .init(titles.theory),
    ])
    table.gap = layout.gap
    let names = TextTable.fit(specifications: report.runs.map(\.initializer), layout.nameWidth)
    for (run, name) in zip(report.runs, names) {
      let zeros = DeadUnits.zeroByDesign(in: run)
      let hidden = run.hiddenLayers.isEmpty ? run.layers : Array(run.hiddenLayers)
      // What is zero by design is no sign of how a signal fares.
      let judged = hidden.filter { !zeros.contains($0.index) }
      let forward = judged.map(\.activation), backward = Self.gradients(hidden, zeros)
      table.add([
        .init(name),
        .init(Sparkline.draw(forward.map(\.log10SecondMoment), width: layout.sparkline)), level(forward.last),
        growth(run.forwardGrowth, steps: hidden.count, interval: layout.intervals),
        .init(Sparkline.draw(backward.map(\.log10SecondMoment), width: layout.sparkline)),
        level(backward.last, isZeroByDesign: ZeroByDesign.ofOutput(run, zeros)),
        growth(run.backwardGrowth, steps: hidden.count, interval: layout.intervals),
        .init(judged.compactMap(\.activation.deadFraction).max().map(TableNumber.percent) ?? "-"),
        .init(forward.last?.cosineSimilarity.map(TableNumber.cosine) ?? "-"), theory(run),
      ])
    }
    return table
  }

  /// The gradients from the last layer back, without those that vanish only because the layer that reads them is zero by
  /// design.
  private static func gradients(_ layers: [LayerResult], _ zeros: Set<Int>) -> [SignalSummary] {
    let all = layers.map(\.gradient).reversed()
    let present = all.filter { $0.log10SecondMoment != nil || $0.nonFinite > 0 }
    return zeros.isEmpty || present.isEmpty ? Array(all) : present
  }

  /// The largest distance from theory in any layer, in theory's standard errors.
  private func theory(_ run: InitializerRun) -> TextTable.Cell {
    guard let worst = run.layers.compactMap(\.largestResidual).max() else { return .init("-") }
    let disagrees = run.findings.contains { $0.rule == TheoryDisagreement.name && $0.severity != .note }
    return .init(TableNumber.residual(worst), disagrees ? .red : .green)
  }

  private func level(_ summary: SignalSummary?, isZeroByDesign: Bool = false) -> TextTable.Cell {
    guard let summary else { return .init("-") }
    if summary.nonFinite > 0 { return .init("nan", .red) }
    guard let value = summary.log10SecondMoment else {
      return isZeroByDesign ? .init(ZeroByDesign.zero) : .init("zero", .red)
    }
    return .init(TableNumber.power(log10: value), ChangeColor.of(value))
  }

  private func growth(_ growth: InitializerRun.Growth?, steps: Int, interval showsInterval: Bool) -> TextTable.Cell {
    guard let growth else { return .init("-") }
    var text = "x" + TableNumber.power(log10: growth.log10)
    // Relative half width of the interval of the factor, as a percentage.
    if showsInterval, let interval = growth.interval {
      text += " ±" + TableNumber.percent((interval.high - interval.low) / 2 * 2.302585)
    }
    return .init(text, ChangeColor.of(growth.log10 * Double(steps)))
  }

  /// What counts as having learned, where the classes are equally common: `60% training accuracy`.
  private var learned: String {
    let outputs = report.network.layers.isEmpty ? 0 : report.network.layers[outputIndex].outputShape.reduce(1, *)
    // One output of scores is two classes.
    let classes = self.classes ?? max(2, outputs)
    let share = TrainingDocument.Prediction.learnedAccuracy(majority: 1 / Double(max(2, classes)))
    return "\(TableNumber.percent(share)) training accuracy (with \(classes) equal classes)"
  }

  private var outputIndex: Int { report.runs.first?.outputIndex ?? report.network.layers.count - 1 }

  private var explanation: String {
    let titles = layout.titles
    let sentences = [
      "forward: mean square of the activations, from the first hidden layer to the last; last: its value in the last.",
      "backward: mean square of the gradients, from the last hidden layer to the first; first: its value in the first.",
      "The bars run from 1e-6 to 1e+6. ▄ stands for values near 1, · for no signal.",
      "\(titles.growth)\(titles.long(\.growth)): the mean factor from one layer to the next"
        + (layout.intervals
          ? "; ± is its 95% interval over the replicas. A replica is one independent drawing of weights and "
            + "inputs." : "."),
      "dead: units that are zero for the whole batch, in the worst layer. "
        + "\(titles.cosine)\(titles.long(\.cosine)): mean cosine between two samples in the last hidden "
        + "layer; at 1 they cannot be told apart.",
      "\(titles.theory)\(titles.long(\.theory)): how far the worst layer is from what mean-field theory predicts, in "
        + "standard errors; - where theory gives none, such as for weights that are scaled to the data.",
    ]
    let start =
      report.input.backward == BackwardSource.gaussian.rawValue
      ? [
        "backward gaussian: the backward pass starts from random gradients of the outputs, N(0, 1); --backward names a loss."
      ]
      : []
    let verdict = [
      "trains: a prediction whether plain SGD reaches \(learned) in 300 steps at its best learning rate; sure: how probable "
        + "it is that the prediction is right."
    ]
    let all = sentences + start + (report.runs.contains { $0.verdict != nil } ? verdict : [])
    return all.map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
  }
}

extension LayerResult {
  /// The largest distance from theory among the layer's signals, in standard errors, without its sign.
  var largestResidual: Double? {
    [preactivation, activation, gradient, preactivationGradient].compactMap { $0.residual?.magnitude }.max()
  }
}

/// What colours mean: how far a second moment is from where it started.
enum ChangeColor {
  /// Green within a factor of 10, yellow within 1,000, red beyond.
  static func of(_ log10: Double) -> NamedColor {
    abs(log10) <= 1 ? .green : abs(log10) <= 3 ? .yellow : .red
  }
}
