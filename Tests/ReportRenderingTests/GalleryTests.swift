import FileOutput
import Foundation
import ReportRendering
import SignalPropagation
import Testing

/// Every picture of every hard case is drawn; with INITSCOPE_GALLERY=DIR in the environment they are kept for looking at.
@Suite struct GalleryTests {
  static let cases: [(name: String, report: AuditReport)] = [
    ("default", SyntheticReport.make(SyntheticReport.standard, layers: 21)),
    ("twelve", SyntheticReport.make(SyntheticReport.hard, layers: 21, theory: true)),
    ("one", SyntheticReport.make([SyntheticReport.standard[6]], layers: 21, theory: true)),
    ("two-layers", SyntheticReport.make(Array(SyntheticReport.standard.prefix(4)), layers: 2)),
    ("deep", SyntheticReport.make(Array(SyntheticReport.standard.dropFirst(3)), layers: 200)),
    ("zeros", SyntheticReport.make([SyntheticReport.standard[0]], layers: 21)),
    ("non-finite", SyntheticReport.make([SyntheticReport.hard[6], SyntheticReport.hard[7]], layers: 12, replicas: 1)),
    ("one-layer", SyntheticReport.make([SyntheticReport.standard[6]], layers: 1, replicas: 1)),
    ("no-runs", SyntheticReport.make([], layers: 3)),
  ]

  @Test(arguments: cases.indices) func everyPictureIsDrawn(_ index: Int) throws {
    let (name, report) = Self.cases[index]
    for figure in Figure.allCases {
      let bytes = try figure.render(report)
      let image = try DecodedPNG(bytes)
      #expect(image.width >= 600 && image.width <= 1600 && image.height >= 150 && image.height <= 4000, "\(name) \(figure)")
      if let directory = ProcessInfo.processInfo.environment["INITSCOPE_GALLERY"] {
        try AtomicFile.createDirectory(directory)
        try AtomicFile.write(bytes, to: "\(directory)/\(name)-\(figure.fileName)")
      }
    }
  }

  /// A report may come from a file: absurd numbers must not trap, nor stop cairo.
  @Test func damagedReportsAreDrawn() throws {
    var report = SyntheticReport.make(SyntheticReport.standard, layers: 3)
    for (run, value) in [1e300, -1e300, 1e12, -.infinity, .nan, Double.leastNonzeroMagnitude, 1e15].enumerated() {
      report.runs[run].layers[0].activation.log10SecondMoment = value
      report.runs[run].layers[1].gradient.interval = Interval(low: value, high: -value)
      report.runs[run].layers[1].activation.theoryLog10 = value
      report.runs[run].layers[2].weights?.variance = value
      report.runs[run].layers[0].activation.cosineSimilarity = value
      report.runs[run].layers[0].activation.deadFraction = value
      report.runs[run].forwardGrowth = .init(log10: value, interval: Interval(low: value, high: value))
    }
    report.runs[0].layers[2].index = .max
    report.runs[0].layers[1].index = .min
    report.runs[1].layers[1].index = .max
    report.runs[2].layers[0].weights?.histogram = Histogram(edges: [-1e308, 1e-308, 1e308], counts: [.max, .max])
    report.runs[3].layers[0].activation.histogram = Histogram(edges: [-1e308, 1e-308, 1e308], counts: [1, .max])
    report.runs[4].layers.removeAll()
    report.runs[5].layers[1].activation.histogram = Histogram(edges: [1, 1.0.nextUp], counts: [3])
    report.runs[6].initializer = String(repeating: "x\u{0}\n\u{1F9EA},", count: 3000)
    report.network.parameters = .max
    for figure in Figure.allCases { _ = try DecodedPNG(try figure.render(report)) }
    var single = SyntheticReport.make([SyntheticReport.standard[6]], layers: 1)
    single.runs[0].layers[0].index = .max
    for figure in Figure.allCases { _ = try DecodedPNG(try figure.render(single)) }
    #expect(!Figure.throughTime.applies(to: single))
    single.runs[0].layers[0].recurrence = LayerResult.Recurrence(
      log10State: [-1, nil, -400, 0, .infinity], log10StateGradient: [-30, -20, -10, -5, 0])
    #expect(Figure.throughTime.applies(to: single))
    let blank = try DecodedPNG(try Figure.throughTime.render(single))
    single.runs[0].layers[0].recurrence?.log10StateGradient = [0, -5, -10, -20, -30]
    // The picture shows the values: other values, another picture.
    #expect(try DecodedPNG(try Figure.throughTime.render(single)).pixels != blank.pixels)
    let many = SyntheticReport.make(Array(repeating: SyntheticReport.standard[6], count: 300), layers: 3)
    for figure in Figure.allCases { #expect(try DecodedPNG(try figure.render(many)).height < 6000) }
  }
}
