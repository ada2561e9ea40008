import ReportRendering
import SignalPropagation
import Testing

/// What pictures say of verdicts.
@Suite struct VerdictPictureTests {
  static func verdict(
    _ status: Verdict.Status, _ trains: Bool?, _ confidence: Double?, rate: Double? = nil, advice: String? = nil
  ) -> Verdict {
    Verdict(
      status: status, trains: trains, confidence: confidence, learningRate: rate, summary: "Seen.", recommendation: advice)
  }

  private static let advice =
    "Initialize with he_normal (std 0.0884, i.e. sqrt(2/256)), at a rate of 0.1. In a second audit signals keep their size."

  /// zeros, normal(std=0.01), normal(std=1) without a verdict, glorot_uniform, ..., he_normal.
  private static let report: AuditReport = {
    var report = SyntheticReport.make(SyntheticReport.standard, layers: 21)
    report.runs[0].verdict = verdict(.symmetric, false, 0.99, advice: advice)
    report.runs[1].verdict = verdict(.vanishing, false, 0.975, advice: advice)
    report.runs[3].verdict = verdict(.vanishing, nil, nil, advice: "Add layer normalization.")
    report.runs[6].verdict = verdict(.healthy, true, 0.984, rate: 0.1, advice: "Keep it.")
    return report
  }()

  @Test func theOverviewHasStatusTrainsConfidenceAndRate() {
    func entries(_ run: Int) -> [Overview.Entry] {
      [.verdict, .trains, .learningRate].map { Overview.entry($0, of: Self.report.runs[run]) }
    }
    #expect(entries(0) == [.init("symmetric"), .init("no", "99% sure"), .init("–")])
    #expect(entries(2) == [.init("no verdict"), .init("–"), .init("–")])
    #expect(entries(3) == [.init("vanishing"), .init("unknown"), .init("–")])
    #expect(entries(6) == [.init("healthy"), .init("yes", "98% sure"), .init("0.1")])
  }

  @Test func trainingCurvesHaveTheVerdict() throws {
    var document = try TrainingFigureTests.document([.zeros, .heNormal], epochs: 1, seeds: 2)
    func entries() -> [[String]] { CurveLegend(document, shown: [0, 1]).entries(of: "verdict") }
    #expect(entries().isEmpty)
    let plain = try TrainingFigure.curves.render(document)
    document.audit?.runs[0].verdict = Self.verdict(.symmetric, false, 0.99)
    document.audit?.runs[1].verdict = Self.verdict(.healthy, true, 0.984, rate: 0.1)
    #expect(entries() == [["before training", "symmetric, does not train (99% sure)", "healthy, trains (98% sure)"]])
    #expect(try TrainingFigure.curves.render(document) != plain)
  }

  /// Figures that are drawn side by side on several threads have the bytes that they have one after the other.
  @Test func picturesDoNotDependOnThreads() throws {
    func pictures(_ threads: Int) throws -> [ReportWriter.Picture] {
      var report = Self.report
      report.environment.threads = threads
      return try ReportWriter.pictures(of: report, Figure.allCases)
    }
    let (one, three) = (try pictures(1), try pictures(3))
    #expect(one.count > 4 && one.map(\.name) == three.map(\.name))
    #expect(zip(one, three).allSatisfy { $0.bytes == $1.bytes })
  }

  @Test func everyOtherPictureNamesTheVerdict() throws {
    let phrases = [
      "symmetric, does not train (99% sure)", "vanishing, does not train (98% sure)", "no verdict",
      "vanishing, not known whether it trains", "no verdict", "no verdict", "healthy, trains (98% sure)", "no verdict",
      "no verdict",
    ]
    #expect(try SignalHeatmap(Self.report, .activation).layout().verdicts == phrases)
    #expect(try GrowthCurves(Self.report).layout().legend.map(\.verdict) == phrases)
    // A verdict changes every picture but the one that this report has not, and none is as without it.
    var without = Self.report
    for index in without.runs.indices { without.runs[index].verdict = nil }
    for figure in Figure.allCases where figure != .throughTime {
      #expect(
        try DecodedPNG(try figure.render(Self.report)).pixels != DecodedPNG(try figure.render(without)).pixels, "\(figure)")
    }
    var recurrent = Self.report
    for index in recurrent.runs.indices {
      recurrent.runs[index].layers[0].recurrence = LayerResult.Recurrence(
        log10State: [-1, -2, -3], log10StateGradient: [-3, -2, 0])
    }
    let legend = try TimeCurves(recurrent).layout().legend
    // All runs have the same states here.
    #expect(legend[6].hasPrefix("he_normal   healthy, trains (98% sure)   (in “dense_1: state” the same curve as zeros; "))
    #expect(legend[7].contains("no verdict"))
  }

  @Test func withoutAnyVerdictPicturesSayItOnce() throws {
    let report = SyntheticReport.make(SyntheticReport.standard, layers: 4)
    #expect(try SignalHeatmap(report, .gradient).layout().verdicts.allSatisfy { $0 == nil })
    #expect(try GrowthCurves(report).layout().legend.allSatisfy { $0.verdict == nil })
    #expect(Overview.entry(.verdict, of: report.runs[0]).text == "no verdict")
  }

  /// A column in which no row has anything is left out of the overview.
  @Test func emptyColumnsAreLeftOut() {
    var report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 6)
    let columns = Overview.Column.shown(report.runs)
    // A rectifier saturates by design, and nothing was judged.
    #expect(columns.verdicts == [.verdict] && !columns.numbers.contains(.saturated) && columns.numbers.contains(.dead))
    report.runs[0].activation = "tanh"
    #expect(Overview.Column.shown(report.runs).numbers.contains(.saturated))
    #expect(Overview.Column.shown(Self.report.runs).verdicts == [.verdict, .trains, .learningRate])
  }

  /// The gradient's chart through time says from where on back steps are without influence.
  @Test func lostStepsAreMarked() throws {
    var report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 4)
    func limits(_ gradient: [Double?]) throws -> [Double?] {
      report.runs[0].layers[0].recurrence = LayerResult.Recurrence(log10State: [-1, -1, -1], log10StateGradient: gradient)
      return try TimeCurves(report).layout().charts.map(\.limit)
    }
    #expect(try limits([-12, -6, -1]) == [nil, -7])
    #expect(try limits([-3, -2, -1]) == [nil, nil])
  }

  @Test func recommendationsAreTheFirstSentenceOfEach() {
    #expect(
      Advice.of(Self.report.runs) == [
        Advice(
          sentence: "Initialize with he_normal (std 0.0884, i.e. sqrt(2/256)), at a rate of 0.1.",
          names: ["zeros", "normal(std=0.01)"]),
        Advice(sentence: "Add layer normalization.", names: ["glorot_uniform"]),
      ])
    // Where nothing needs mending, what a single run keeps; several have their learning rates in the table.
    #expect(Advice.of([Self.report.runs[6]]) == [Advice(sentence: "Keep it.", names: [])])
    #expect(Advice.of([Self.report.runs[6], Self.report.runs[6]]).isEmpty)
    #expect(Advice.of([Self.report.runs[2]]).isEmpty)
    for (text, first) in [
      ("One. Two.", "One."), ("Use 0.1. It trains.", "Use 0.1."), ("No stop", "No stop"), ("", ""),
      ("A (see B. Then C.) ends here. D.", "A (see B. Then C.) ends here."),
      ("At 1. e.g. small. Next.", "At 1. e.g. small."),
      ("Ends with a stop.", "Ends with a stop."),
    ] {
      #expect(Advice.firstSentence(text) == first)
    }
  }

  /// The same layers as in the terminal's table: hidden ones, of which the last has the cosine.
  @Test func numbersAreOfTheHiddenLayers() {
    var run = Self.report.runs[6]
    run.layers[19].activation.cosineSimilarity = 0.9574
    run.layers[20].activation.cosineSimilarity = 0.25
    run.layers[20].activation.deadFraction = 1
    run.layers[20].activation.saturatedFraction = 1
    run.layers[4].activation.deadFraction = 0.26
    run.layers[4].activation.saturatedFraction = 0.35
    #expect(Overview.entry(.cosine, of: run).text == "0.957")
    #expect(Overview.entry(.dead, of: run).text == "26%")
    // A rectifier is flat on one side by design, and is not called saturated.
    #expect(run.activation == "relu" && Overview.entry(.saturated, of: run).text == "–")
    run.activation = "tanh"
    #expect(Overview.entry(.saturated, of: run).text == "35%")
    run.layers[19].activation.cosineSimilarity = -0.0001
    #expect(Overview.entry(.cosine, of: run).text == "0.000")
    // An output layer alone is all there is.
    run.layers = [run.layers[20]]
    #expect(Overview.entry(.cosine, of: run).text == "0.250" && Overview.entry(.dead, of: run).text == "100%")
  }
}
