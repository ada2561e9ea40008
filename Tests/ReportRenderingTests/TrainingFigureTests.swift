import DataSets
import FileOutput
import Foundation
import NetworkGraph
import NumberText
import ReportRendering
import SignalPropagation
import Testing
import TrainingRuns

/// Pictures of comparisons by training; with INITSCOPE_GALLERY=DIR in the environment they are kept for looking at.
@Suite struct TrainingFigureTests {
  static let twelve: [Initializer] = [
    .zeros, .normal(std: 0.01), .normal(std: 1), .glorotUniform, .glorotNormal, .heUniform, .heNormal,
    .orthogonal(gain: 1.4), .lsuv, .lecunNormal, .lecunUniform, .uniform(low: -0.5, high: 0.5),
  ]

  /// Two classes of four features that a line divides.
  static func samples(_ count: Int) -> FeatureTable {
    var state: UInt64 = 9
    func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) - 0.5
    }
    let values = (0..<count).flatMap { row in (0..<4).map { $0 == 0 ? next() + Float(row % 2) : next() } }
    return FeatureTable(
      name: "two-classes", values: values, features: 4, labels: (0..<count).map { $0 % 2 }, classCount: 2)
  }

  static func document(
    _ initializers: [Initializer], hidden: Int = 2, epochs: Int = 4, seeds: Int = 3, rate: Double = 0.1,
    validation: HeldOut? = nil, target: Double? = nil, audited: Bool = true
  ) throws -> TrainingDocument {
    let set = samples(240)
    let network = try Network(name: "mlp", input: .features(4)) {
      Dense(8, activation: .leakyReLU(slope: 0.5)).repeated(hidden)
      Dense(2).named("output")
    }
    let configuration = TrainingConfiguration(
      network: network, initializers: initializers,
      data: try TrainingData(set, validation: validation, scaling: .standardized, seed: 0),
      optimizer: .sgd(learningRate: rate), epochs: epochs, batch: 20, replicas: seeds, target: target)
    let audit = AuditConfiguration(
      network: network, initializers: initializers, input: .samples(set, .standardized), backward: .crossEntropy, batch: 64,
      replicas: 2, histograms: false)
    return TrainingDocument(
      configuration, scaling: "standardized", report: try Training(configuration).run(),
      audit: audited ? try Audit(audit).run() : nil,
      tool: AuditReport.Tool(name: "initscope", version: "0", command: "initscope train"), seconds: 1)
  }

  static let cases = [
    "usual", "twelve", "one-epoch", "one-epoch-twelve", "one-seed", "diverged", "some-diverged", "fifty-layers", "one-layer",
    "many-epochs",
  ]

  static func make(_ name: String) throws -> TrainingDocument {
    switch name {
    case "twelve": try document(twelve, hidden: 3, epochs: 12, target: 0.9)
    case "one-epoch": try document(Array(twelve.prefix(3)), epochs: 1)
    case "one-epoch-twelve": try document(twelve, epochs: 1)
    case "one-seed": try document(Array(twelve.suffix(3)), seeds: 1)
    case "diverged": try document([.heNormal, .glorotUniform], rate: 1e6)
    case "some-diverged": try document([.zeros, .normal(std: 1), .heNormal], hidden: 3, epochs: 8, rate: 1.5, target: 0.9)
    case "fifty-layers": try document([.heNormal, .zeros, .orthogonal(gain: 1.4142)], hidden: 49, audited: true)
    case "one-layer": try document([.heNormal], hidden: 0, audited: false)
    case "many-epochs": try document([.heNormal, .glorotUniform], epochs: 200, validation: .samples(0))
    default: try document([.normal(std: 0.01), .glorotUniform, .heNormal], target: 0.8)
    }
  }

  @Test(arguments: cases) func everyPictureIsDrawn(_ name: String) throws {
    let document = try Self.make(name)
    for figure in TrainingFigure.allCases {
      let bytes = try figure.render(document)
      let image = try DecodedPNG(bytes)
      #expect(image.width >= 600 && image.width <= 1600 && image.height >= 150 && image.height <= 4000, "\(name) \(figure)")
      if let directory = ProcessInfo.processInfo.environment["INITSCOPE_GALLERY"] {
        try AtomicFile.createDirectory(directory)
        try AtomicFile.write(bytes, to: "\(directory)/train-\(name)-\(figure.fileName)")
      }
    }
  }

  @Test func damagedNumbersAreDrawn() throws {
    var document = try Self.make("usual")
    for (place, value) in [Double.nan, .infinity, -.infinity, 1e308, -1, 0, .leastNonzeroMagnitude].enumerated() {
      document.report.runs[place].epochs[1].loss = value
      document.report.runs[place].epochs[2].validationLoss = value
      document.report.runs[place].epochs[0].accuracy = value
      document.report.runs[place].layers[0].gradientNorm[1] = value
      document.report.runs[place].layers[1].updateRatio[0] = value
      document.report.runs[place].layers[1].before.low = value
      document.report.runs[place].layers[2].after.deviation = value
      document.report.runs[place].layers[2].after.high = value
    }
    document.report.runs[7].layers.removeAll()
    document.report.runs[8].epochs.removeAll()
    document.report.summary[0].testAccuracy?.mean = .nan
    document.report.summary[1].loss?.mean = .infinity
    document.report.summary[2].initializer = String(repeating: "x\u{0},", count: 2000)
    for figure in TrainingFigure.allCases { _ = try DecodedPNG(try figure.render(document)) }
    document.report.runs = []
    for figure in TrainingFigure.allCases { _ = try DecodedPNG(try figure.render(document)) }
    document.report.summary = []
    for figure in TrainingFigure.allCases { _ = try DecodedPNG(try figure.render(document)) }
  }

  // MARK: What they show

  @Test func heatmapsHoldTheMeanOfLogarithms() throws {
    let document = try Self.make("usual")
    let panel = TraceHeatmap(document, .gradientNorm).panels()[2]
    #expect(panel.name == "he_normal" && panel.layers == ["dense_1", "dense_2", "output"])
    let runs = document.report.runs.filter { $0.initializer == "he_normal" }
    #expect(panel.steps == runs[0].layers[0].steps)
    for (layer, step) in [(0, 0), (2, panel.steps.count - 1)] {
      let expected = runs.map { log10($0.layers[layer].gradientNorm[step]) }.reduce(0, +) / 3
      let value = try #require(panel.cells[layer][step]?.value)
      // Three logarithms of order 1, added in another order.
      #expect(abs(value - expected) < 1e-14)
    }
  }

  @Test func heatmapsTellZeroFromNothing() throws {
    let zeros = try Self.document([.zeros], hidden: 2)
    let cells = TraceHeatmap(zeros, .gradientNorm).panels()[0].cells.joined()
    // With zero weights and zero activations no weight has a gradient.
    #expect(cells.allSatisfy { $0 == .noSignal })
    let ended = try Self.document([.heNormal, .zeros], rate: 1e6)
    let panels = TraceHeatmap(ended, .updateRatio).panels()
    #expect(panels[0].steps == panels[1].steps)
    #expect(panels[0].cells[0].contains { $0 == nil } && !panels[1].cells[0].contains { $0 == nil })
  }

  /// The colors do not follow the data: a step of 1e-6 of the weights looks as small beside one of 1e30 as it does alone.
  @Test func theScaleIsFixed() throws {
    let document = try Self.make("usual")
    let gradients = TraceHeatmap(document, .gradientNorm), updates = TraceHeatmap(document, .updateRatio)
    #expect(gradients.scale == (-6, 2) && updates.scale == (-6, 0))
    func texts(_ cells: SignalCell...) -> [String] { updates.keys([], cells).map(\.text) }
    #expect(texts(.log10(-3)).isEmpty)
    #expect(texts(.log10(-6), .log10(30)) == ["10⁻⁶ and less", "10⁰ and more"])
    #expect(texts(.noSignal, .nonFinite) == ["zero", "not finite"])
  }

  @Test func curvesPoolTheSoundSeeds() throws {
    var runs = try Self.document([.heNormal], epochs: 3).report.runs
    let ended = try Self.document([.heNormal], epochs: 3, rate: 1e6).report.runs[0]
    #expect(ended.divergence?.epoch == 1)
    let values = runs.map { $0.epochs[2].validationAccuracy ?? .nan }
    let series = CurveSeries(runs, .accuracy, validated: true)
    #expect(series.bold.map(\.epoch) == [1, 2, 3])
    #expect(abs(series.bold[2].value - values.reduce(0, +) / 3) < 1e-15)
    #expect(series.bold[2].low == values.min() && series.bold[2].high == values.max())
    // A run that diverged changes nothing beside sound ones, and its broken epoch is not drawn.
    runs.append(ended)
    #expect(CurveSeries(runs, .accuracy, validated: true).bold == series.bold)
    #expect(CurveSeries([ended], .accuracy, validated: false).bold.isEmpty)
  }

  /// The page is as wide as the table under the curves: nothing is cut off at the right, whatever the columns hold.
  @Test func theTableFitsOnThePage() throws {
    var document = try Self.document([.zeros, .normal(std: 0.01), .glorotUniform, .heNormal], epochs: 3, target: 0.9)
    for (index, status) in [Verdict.Status.symmetric, .vanishing, .healthy, .healthy].enumerated() {
      document.audit?.runs[index].verdict = VerdictPictureTests.verdict(status, index > 1, 0.99)
      for seed in 0..<3 { document.report.runs[3 * index + seed].trainingAccuracyAt300Steps = 0.5 }
    }
    let image = try DecodedPNG(try TrainingFigure.curves.render(document))
    #expect(image.width > 1272)
    // A margin of 32 pixels all along the right edge.
    #expect(image.ink(x: (image.width - 30)..<image.width, y: 0..<image.height) == 0)
    #expect(image.ink(x: (image.width - 90)..<(image.width - 32), y: (image.height - 120)..<image.height) > 20)
  }

  /// Curves that look like one take turns, and the page names them.
  @Test func curvesOnOneLineAreNamed() throws {
    let flat: [Double?] = [100, 100, 100], other: [Double?] = [50, 60, 70]
    let both = CoincidentSeries([flat, flat, other]), loss = CoincidentSeries([flat, other, other])
    let names = ["zeros", "normal(std=0.01)", "he_normal"]
    #expect(
      TrainingCurves.overlapNote(names, [(.loss, both), (.accuracy, both)])
        == ["Curves on one line: zeros and normal(std=0.01). Their colors take turns along it."])
    #expect(
      TrainingCurves.overlapNote(names, [(.loss, both), (.accuracy, loss)])
        == [
          "Curves on one line: zeros and normal(std=0.01) (loss); normal(std=0.01) and he_normal (accuracy). Their colors "
            + "take turns along it."
        ])
    #expect(TrainingCurves.overlapNote(names, [(.loss, CoincidentSeries([flat, other, []]))]).isEmpty)
    // Both colors are seen along the shared line.
    let document = try Self.document([.zeros, .constant(0)], epochs: 6)
    let image = try DecodedPNG(try TrainingFigure.curves.render(document))
    for index in 0..<2 {
      #expect(image.count(SeriesStyle.categorical(index).color, x: 110..<620, y: 120..<560) > 60, "\(index)")
    }
  }

  /// 2.3, 2.31 and 2.94 are 2.30, 2.31 and 2.94 in one column; where one needs a power of ten all have one.
  @Test func aColumnHasOneNotation() {
    #expect(FigureNumber.column([2.3, 2.31, 2.94, nil]) == ["2.30", "2.31", "2.94", nil])
    #expect(FigureNumber.column([2.3, 1.2e-38]) == ["2.30×10⁰", "1.20×10⁻³⁸"])
    #expect(FigureNumber.column(ofPowers: [-2.5, -400]) == ["3.16×10⁻³", "1.00×10⁻⁴⁰⁰"])
    #expect(FigureNumber.column([0, 1]) == ["0", "1.00"])
  }

  @Test func withoutValidationTrainingIsBold() throws {
    let document = try Self.document([.heNormal], epochs: 2, validation: .samples(0))
    let series = CurveSeries(document.report.runs, .loss, validated: false)
    #expect(series.thin == nil && series.bold.count == 2)
    let expected = document.report.runs.map { log10($0.epochs[0].loss) }.reduce(0, +) / 3
    #expect(abs(series.bold[0].value - expected) < 1e-14)
  }

  @Test func narrowAxesHaveTicks() {
    // 1.8 to 2.4: no power of ten, one of its halves.
    let ticks = Ticks.log10Axis(log10(1.8), log10(2.4), count: 8)
    #expect(ticks.map(\.label) == ["1.8", "2.0", "2.2", "2.4"])
    #expect(abs(ticks[1].value - log10(2)) < 1e-12)
  }
}
