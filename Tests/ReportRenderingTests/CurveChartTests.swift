import FileOutput
import Foundation
import ReportRendering
import SignalPropagation
import Testing

/// Charts of the experiments; with INITSCOPE_GALLERY=DIR in the environment they are kept for looking at.
@Suite struct CurveChartTests {
  private static let origin = PictureOrigin(software: "initscope test", command: "initscope reproduce methods")

  private static func panel(
    _ title: String, y: String = "training loss", logarithmic: Bool, _ series: [CurveChart.Series]
  ) -> CurveChart.Panel {
    var panel = CurveChart.Panel(title, x: "epoch", y: y, series)
    panel.yIsLogarithmic = logarithmic
    return panel
  }

  private static func series(_ name: String, _ index: Int, _ means: [Double], half: Double) -> CurveChart.Series {
    CurveChart.Series(
      name, .categorical(index),
      means.enumerated().map { .init(Double($0 + 1), $1, band: ($1 - half, $1 + half)) })
  }

  private func draw(_ chart: CurveChart, _ name: String) throws -> DecodedPNG {
    let bytes = try chart.render(Self.origin)
    if let directory = ProcessInfo.processInfo.environment["INITSCOPE_GALLERY"] {
      try AtomicFile.createDirectory(directory)
      try AtomicFile.write(bytes, to: "\(directory)/chart-\(name).png")
    }
    return try DecodedPNG(bytes)
  }

  /// An interval of 0.2 ± 0.5 has no place below 0 on a logarithmic axis: its band was left out in silence.
  @Test func bandsThatReachBelowZeroAreCutAndNamed() throws {
    let low = Self.series("lsuv", 0, [0.2, 0.3, 0.25], half: 0.5)
    let chart = CurveChart("test", lines: [], panels: [Self.panel("noise", logarithmic: true, [low])])
    #expect(chart.notes.count == 1 && chart.notes[0].contains("cut at the axis"))
    let scale = CurveChart.Scale(chart.panels[0])
    // Followed to a tenth of the least mean, also where the interval ends at 1e-9.
    #expect(scale.floor == 0.02 && scale.isCut(-0.3) && scale.isCut(1e-9) && !scale.isCut(0.05))
    #expect(scale.placeOfBand(-0.3) == log10(0.02) && scale.placeOfBand(0.7) == log10(0.7))
    // Most of the frame is now in the band's color, the series' blended with white.
    let image = try draw(chart, "cut-bands")
    let band = Color.white.mixed(with: SeriesStyle.palette[0], 0.14)
    let near = { (a: UInt8, b: UInt8) in abs(Int(a) - Int(b)) <= 2 }
    let count = (0..<image.height).reduce(0) { sum, y in
      sum
        + (0..<image.width).count {
          let color = image.color($0, y)
          return near(color.red, band.red) && near(color.green, band.green) && near(color.blue, band.blue)
        }
    }
    #expect(count > 50_000, "\(count)")
    // Whole bands need no note, nor does a linear axis.
    let whole = Self.series("lsuv", 0, [2, 3, 2.5], half: 0.5)
    #expect(CurveChart("test", lines: [], panels: [Self.panel("noise", logarithmic: true, [whole])]).notes.isEmpty)
    #expect(CurveChart("test", lines: [], panels: [Self.panel("noise", logarithmic: false, [low])]).notes.isEmpty)
  }

  /// A Student interval of accuracies from two seeds passes 1.
  @Test func intervalsOfAccuraciesEndAtOne() throws {
    let high = Self.series("he_normal", 0, [0.8, 0.9], half: 0.3)
    let chart = CurveChart(
      "test", lines: [], panels: [Self.panel("a", y: "validation accuracy", logarithmic: false, [high])])
    #expect(chart.notes == ["Bands are cut at 0 and 1: no accuracy lies beyond."])
    #expect(CurveChart.Scale(chart.panels[0]).placeOfBand(1.2) == 1)
    let dots = DotChart(
      "test", lines: [], x: "test accuracy",
      sections: [.init("s", [.init("he_normal", .categorical(0), [0.9, 1], interval: (0.3, 1.6))])])
    #expect(dots.notes == ["Intervals are cut at 0 and 1: no accuracy lies beyond."])
    let cut = try #require(dots.cut((0.3, 1.6)))
    #expect(cut == (0.3, 1) && dots.cut((.nan, 1)) == nil)
    _ = try DecodedPNG(try dots.render(Self.origin))
  }

  @Test func hardChartsAreDrawn() throws {
    let many = (0..<9).map {
      Self.series("initializer_\($0)(gain=1.41)", $0, [2, 1.5, 1.2, 1.1], half: 0.1 * Double($0 % 3))
    }
    let dead = CurveChart.Series("nothing", .categorical(9), [.init(1, .nan), .init(2, 0), .init(3, -1)])
    let lone = CurveChart.Series("one epoch", .categorical(10), [.init(1, 1.3, band: (1.1, 1.5))])
    _ = try draw(
      CurveChart(
        "Nine on one line, one without values, one with one", lines: ["lines"],
        panels: [
          Self.panel("logarithmic", logarithmic: true, many + [dead, lone]),
          Self.panel("linear", logarithmic: false, many + [lone]), Self.panel("nothing", logarithmic: true, [dead]),
        ]), "hard")
    let grid = GridChart(
      "Sixty rows", lines: [], x: ("x", [1, 2, 3]), y: ("y", (1...60).map { 1e-6 * Double($0 * $0) }), value: ("v", 0...1),
      values: (1...60).map { row in [Double(row) / 60, nil, 0.5] }, curves: [])
    #expect(grid.yTicks.count <= 16 && Set(grid.yTicks.map { $0.label.contains("×") }).count == 1)
    _ = try DecodedPNG(try grid.render(Self.origin))
  }
}
