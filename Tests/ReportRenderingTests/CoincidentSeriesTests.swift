import ReportRendering
import SignalPropagation
import Testing

/// Curves that lie on one another.
@Suite struct CoincidentSeriesTests {
  @Test func closeCurvesAreOneGroup() {
    let series = CoincidentSeries([
      [0, 10, 20], [50, 50, 50], [1, 12, 20], [0, 10, 25], [nil, 10, 20], [], [52, 48, 50], [nil, 11, 22],
    ])
    // Closer than 3 pixels all along: 3 leaves at its end, 4 and 7 have no first point.
    #expect(series.groups == [[0, 2], [1, 6], [3], [4, 7]])
    #expect(series.companions(of: 2) == [0] && series.companions(of: 3).isEmpty && series.companions(of: 5).isEmpty)
  }

  /// Chains do not close up: each is compared with the first of its group.
  @Test func aChainIsNotOneLine() {
    #expect(CoincidentSeries([[0], [2], [4], [6]]).groups == [[0, 1], [2, 3]])
  }

  @Test func seriesOfOneLineTakeTurns() {
    let series = CoincidentSeries([[0, 0], [0, 1], [1, 0], [90, 90]])
    let style = SeriesStyle.categorical(0)
    let dashes = (0..<3).map { series.dash(of: $0, style) }
    // Dashes of 12 and gaps for the two others; each starts a dash later.
    #expect(dashes.allSatisfy { $0.lengths == [12, 24] } && dashes.map(\.offset) == [0, -12, -24])
    #expect(series.dash(of: 3, style).lengths == style.dash)
    // No point of the line has two markers, and each series has some.
    for position in 0..<24 {
      #expect((0..<3).count { series.isMarked(position, of: $0, count: 24) } <= 1)
    }
    #expect((0..<3).allSatisfy { index in (0..<24).contains { series.isMarked($0, of: index, count: 24) } })
  }

  /// The default audit's shape: he_uniform, he_normal and orthogonal on one line, the two Glorots on another.
  @Test func theLegendOfGrowthNamesThem() throws {
    var report = SyntheticReport.make(SyntheticReport.standard, layers: 21)
    // Chance apart, which would part them by more than a line's width.
    for (copy, original) in [(6, 5), (7, 5), (4, 3)] { report.runs[copy].layers = report.runs[original].layers }
    let layout = try GrowthCurves(report).layout()
    #expect(layout.coincident.forward.groups.contains([5, 6, 7]) && layout.coincident.forward.groups.contains([3, 4]))
    #expect(layout.legend.map(\.number) == (1...9).map { String($0) })
    #expect(layout.legend[3].companions == "5 (both)" && layout.legend[6].companions == "6, 8 (both)")
    #expect(layout.legend[1].companions.isEmpty && layout.legend[0].companions.isEmpty)
    // Each color is to be seen along the line: interleaved, not covered by the last.
    let image = try DecodedPNG(try Figure.growth.render(report))
    let area = layout.forward.area
    for index in [3, 4, 5, 6, 7] {
      let count = image.count(
        SeriesStyle.categorical(index).color, x: Int(area.left)..<Int(area.right), y: Int(area.top)..<Int(area.bottom))
      #expect(count > 40, "series \(index + 1): \(count)")
    }
    // Where a signal ends, the foot of the chart says so.
    var dead = SyntheticReport.make([SyntheticReport.standard[6]], layers: 9)
    func marked(_ report: AuditReport) throws -> Int {
      let area = try GrowthCurves(report).layout().forward.area
      return try DecodedPNG(try Figure.growth.render(report)).count(
        SeriesStyle.categorical(0).color, x: Int(area.left)..<Int(area.right), y: Int(area.bottom) - 9..<Int(area.bottom) - 2
      )
    }
    #expect(try marked(dead) == 0)
    for index in 4..<9 {
      dead.runs[0].layers[index].activation.log10SecondMoment = nil
      dead.runs[0].layers[index].activation.secondMoment = 0
    }
    #expect(try marked(dead) > 20)
    // One run needs no number.
    let single = try GrowthCurves(SyntheticReport.make([SyntheticReport.standard[6]], layers: 21)).layout()
    #expect(single.legend.map(\.number) == [nil])
  }
}
