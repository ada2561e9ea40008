import Foundation
import ReportRendering
import SignalPropagation
import Testing

@Suite struct PictureContentTests {
  private static let hard = SyntheticReport.make(SyntheticReport.hard, layers: 21)
  private static let standard = SyntheticReport.make(SyntheticReport.standard, layers: 21)

  @Test func everyCellOfAHeatmapHasItsColor() throws {
    let heatmap = SignalHeatmap(Self.hard, .gradient)
    let layout = try heatmap.layout()
    let image = try DecodedPNG(try Figure.gradientsHeatmap.render(Self.hard))
    #expect(layout.cells.count == 12 && layout.cells.allSatisfy { $0.count == 21 })
    var seen: Set<String> = []
    for (row, cells) in layout.cells.enumerated() {
      for (column, cell) in cells.enumerated() {
        // A corner, away from the number.
        let x = Int(layout.edges[column]) + 2
        let y = Int(layout.rows[row].rounded(.up)) + 3
        switch cell {
        case .log10(let value):
          // Independent of the scale: from 1e-6 to 1e+6 on the interpolated anchors, to the rounding of 8 bits.
          let t = min(max(value / 6, -1), 1)
          let expected = DivergingMap.color(at: t)
          #expect(image.color(x, y) == expected, "row \(row), column \(column)")
          seen.insert("value")
        case .noSignal:
          let box = (x..<(x + 40), y..<(y + 26))
          #expect(image.count(.absent, x: box.0, y: box.1) > 200, "row \(row), column \(column)")
          seen.insert("no signal")
        case .nonFinite:
          #expect(image.color(x, y) == .nonFinite)
          seen.insert("not finite")
        }
      }
    }
    #expect(seen == ["value", "no signal", "not finite"])
  }

  @Test func heatmapHasTitleLabelsTicksNumbersAndColorBar() throws {
    let layout = try SignalHeatmap(Self.standard, .activation).layout()
    let image = try DecodedPNG(try Figure.activationsHeatmap.render(Self.standard))
    let left = Int(layout.edges[0])
    let bottom = Int(layout.rows[9])
    #expect(image.ink(x: 32..<500, y: 30..<60) > 300, "title")
    for row in 0..<9 {
      let y = Int(layout.rows[row])..<Int(layout.rows[row + 1])
      #expect(image.ink(x: 0..<(left - 4), y: y) > 30, "label of row \(row)")
      // Nothing runs into the margins.
      #expect(image.count(.white, x: 0..<24, y: y) == 24 * y.count)
    }
    for column in 0..<21 {
      let x = Int(layout.edges[column])..<Int(layout.edges[column + 1])
      #expect(image.ink(x: x, y: (bottom + 6)..<(bottom + 20)) > 5, "tick of column \(column)")
    }
    // he_normal's numbers, dark on nearly white.
    let numbers = Int(layout.rows[6]) + 4..<Int(layout.rows[7]) - 4
    #expect(image.ink(x: Int(layout.edges[3])..<Int(layout.edges[4]), y: numbers) > 20)
    let bar = SignalLegend.bar(layout.legendOrigin)
    let middle = Int(bar.center.y)
    #expect(image.color(Int(bar.left), middle) == DivergingMap.color(at: -399 / 400.0))
    #expect(image.color(Int(bar.left) + 200, middle) == DivergingMap.color(at: 1 / 400.0))
    #expect(image.color(Int(bar.right) - 1, middle) == DivergingMap.color(at: 399 / 400.0))
  }

  @Test func deepHeatmapsPrintTheEndInsteadOfCells() throws {
    let deep = try SignalHeatmap(SyntheticReport.make([SyntheticReport.standard[3]], layers: 200), .activation).layout()
    #expect(deep.decimals == nil && deep.width < 1400)
    let shallow = try SignalHeatmap(SyntheticReport.make([SyntheticReport.standard[3]], layers: 2), .activation).layout()
    #expect(shallow.decimals == 1)
  }

  /// A signal of 1e-6 has the same color beside 1e+40 and alone: it looked harmless where the scale followed the data.
  @Test func theColorScaleIsFixed() throws {
    #expect(SignalScale.fraction(-6) == -1 && SignalScale.fraction(6) == 1 && SignalScale.fraction(0) == 0)
    #expect(SignalScale.fraction(-3) == -0.5 && SignalScale.fraction(-40) == -1 && SignalScale.fraction(400) == 1)
    #expect(SignalScale.color(-6) == DivergingMap.anchors.first && SignalScale.color(40) == DivergingMap.anchors.last)
    #expect(SignalScale.ticks.map(\.label) == ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰", "10²", "10⁴", "10⁶"])
    for others in [[], [40.0]] {
      var report = SyntheticReport.make([SyntheticReport.standard[6], SyntheticReport.standard[6]], layers: 5)
      report.runs[0].layers[1].activation.log10SecondMoment = -6
      if let other = others.first { report.runs[1].layers[1].activation.log10SecondMoment = other }
      let layout = try SignalHeatmap(report, .activation).layout()
      let image = try DecodedPNG(try Figure.activationsHeatmap.render(report))
      #expect(image.color(Int(layout.edges[1]) + 2, Int(layout.rows[0].rounded(.up)) + 3) == DivergingMap.anchors[0])
    }
    // The legend names the ends always, other cells where there are some.
    let texts = { (cells: [SignalCell]) in SignalLegend(hasNumbers: false, cells: cells).keys.map(\.text) }
    #expect(texts([.log10(0.1)]) == ["10⁻⁶ and less", "10⁶ and more"])
    #expect(texts([.noSignal, .nonFinite]) == ["10⁻⁶ and less", "10⁶ and more", "no signal", "not finite"])
    #expect(SignalLegend(hasNumbers: true, cells: []).title.contains("log10"))
  }

  /// Cells at an end of the scale or beyond have a triangle, wide ones each their own, narrow ones together.
  @Test func valuesBeyondTheScaleAreMarked() throws {
    func marks(_ values: [Double?], width: Double) -> [SignalCells.Mark] {
      let cells = values.map { $0.map(SignalCell.log10) ?? .noSignal }
      return SignalCells.marks(cells, edges: (0...values.count).map { Double($0) * width })
    }
    #expect(marks([0, 5.9, -5.9, nil], width: 20).isEmpty)
    #expect(marks([-6, 0, 6.5, 7], width: 20).map(\.x) == [9.5, 49.5, 69.5])
    #expect(marks([-6, 0, 6.5, 7], width: 20).map(\.end) == [.below, .above, .above])
    // 200 cells of 2.5 pixels: one triangle for all, since several would look like data; that of a lone cell has its width.
    #expect(marks(Array(repeating: -8, count: 200), width: 2.5).count == 1)
    let lone = marks([0, -8, 0], width: 3)
    #expect(lone.count == 1 && lone[0].size <= 3 && lone[0].x == 4)
    // In the picture: white in the foot of a cell of 1e-7.
    var report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 5)
    report.runs[0].layers[1].activation.log10SecondMoment = -7
    let layout = try SignalHeatmap(report, .activation).layout()
    let image = try DecodedPNG(try Figure.activationsHeatmap.render(report))
    let x = Int((layout.edges[1] + layout.edges[2]) / 2), bottom = Int(layout.rows[1])
    #expect(image.count(.white, x: x - 4..<x + 4, y: bottom - 12..<bottom - 2) >= 6)
  }

  @Test func cellsTellZeroFromNonFinite() {
    var summary = Self.standard.runs[6].layers[0].activation
    #expect(SignalCell(summary) == .log10(summary.log10SecondMoment ?? .nan))
    summary.log10SecondMoment = nil
    // Zero in some replicas only: the mean moment is positive, its logarithm has no mean.
    #expect(SignalCell(summary) == .noSignal)
    summary.nonFinite = 3
    #expect(SignalCell(summary) == .nonFinite)
    summary.nonFinite = 0
    summary.secondMoment = .infinity
    #expect(SignalCell(summary) == .nonFinite)
  }

  @Test func growthCurvesPassThroughTheirPoints() throws {
    let layout = try GrowthCurves(Self.standard).layout()
    let image = try DecodedPNG(try Figure.growth.render(Self.standard))
    // lsuv, the last series and hence on top, in both charts, at every layer: its color within 2 pixels of its value.
    let color = SeriesStyle.categorical(8).color
    var hits = 0
    for layer in Self.standard.runs[8].layers {
      for (frame, value) in [(layout.forward, layer.activation), (layout.backward, layer.gradient)] {
        let log10 = try #require(value.log10SecondMoment)
        let p = frame.point(Double(layer.index), log10)
        let near = image.count(color, x: Int(p.x) - 2..<Int(p.x) + 3, y: Int(p.y) - 2..<Int(p.y) + 3)
        hits += near > 0 ? 1 : 0
      }
    }
    #expect(hits == 42, "\(hits) of 42")
    // The two that leave the frame are marked on it: above and below.
    let area = layout.forward.area
    let columns = Int(area.left)..<Int(area.right)
    #expect(image.count(SeriesStyle.categorical(2).color, x: columns, y: Int(area.top) - 8..<Int(area.top) + 1) > 10)
    #expect(image.count(SeriesStyle.categorical(1).color, x: columns, y: Int(area.bottom) + 1..<Int(area.bottom) + 9) > 3)
    // Ticks at the left of both frames.
    for frame in [layout.forward, layout.backward] {
      for tick in frame.yTicks {
        let y = Int(frame.y.position(tick.value))
        let ink = image.ink(x: Int(frame.area.left) - 42..<Int(frame.area.left) - 5, y: y - 8..<y + 8)
        #expect(ink > 3, "tick \(tick.label)")
      }
    }
  }

  @Test func runsFarFromTheOthersLeaveTheFrame() throws {
    let reach = try GrowthCurves(Self.standard).layout().reach
    #expect(reach.isClipped && reach.low < -6 && reach.low > -12 && reach.high < 12)
    let one = try GrowthCurves(SyntheticReport.make([SyntheticReport.standard[2]], layers: 21)).layout().reach
    #expect(!one.isClipped && one.high > 44)
    let none = try GrowthCurves(SyntheticReport.make([SyntheticReport.standard[0]], layers: 21)).layout().reach
    #expect(none.low == -1 && none.high == 1 && !none.isClipped)
  }

  @Test func ridgesAreColoredByDepth() throws {
    let image = try DecodedPNG(
      try Figure.activationHistograms.render(SyntheticReport.make([SyntheticReport.standard[6]], layers: 21)))
    // Each ridge stands on a line of its color. Ten of 20 hidden layers, evenly: depths 0, 2/19, ... 1.
    let rows = LayerSelection.even(20, limit: 10).map { position in
      let color = Viridis.color(at: 0.12 + 0.75 * Double(position) / 19)
      return (0..<image.height).filter { image.count(color, x: 0..<image.width, y: $0..<($0 + 1)) > 200 }
    }
    #expect(rows.allSatisfy { $0.count == 1 })
    #expect(rows.compactMap(\.first) == rows.compactMap(\.first).sorted(), "from the input at the top to the output")
    let zeros = try DecodedPNG(
      try Figure.activationHistograms.render(SyntheticReport.make([SyntheticReport.standard[0]], layers: 21)))
    #expect(zeros.count(Viridis.color(at: 0.12), x: 0..<zeros.width, y: 0..<zeros.height) == 0)
  }

  @Test func weightHistogramsOverlayEveryInitializer() throws {
    let image = try DecodedPNG(try Figure.weightHistograms.render(Self.standard))
    for index in 0..<9 {
      let count = image.count(SeriesStyle.categorical(index).color, x: 100..<image.width, y: 120..<460)
      #expect(count > 60, "series \(index)")
    }
  }

  @Test(arguments: Figure.allCases) func everyPictureNamesItsOrigin(_ figure: Figure) throws {
    let report = SyntheticReport.make(
      SyntheticReport.standard, layers: 4, seed: 17, command: "initscope audit --init he_normal")
    let image = try DecodedPNG(try figure.render(report))
    #expect(image.texts["Software"] == "initscope 0.1.0")
    #expect(image.texts["Command"] == "initscope audit --init he_normal")
    #expect(image.texts["Seed"] == "17")
    #expect(image.texts["Title"] == figure.title)
    #expect(image.texts["Description"]?.contains("batch 256") == true)
    #expect(image.pixelsPerMetre == 3780)
  }

  @Test func sameReportSamePicture() throws {
    for figure in Figure.allCases { #expect(try figure.render(Self.standard) == figure.render(Self.standard)) }
  }
}
