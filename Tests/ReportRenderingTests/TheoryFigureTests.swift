import FileOutput
import Foundation
import MeanField
import NetworkGraph
import ReportRendering
import Testing

/// Pictures of theory, read back: colors of known cells, lines at known places.
@Suite struct TheoryFigureTests {
  private static let origin = PictureOrigin(software: "initscope test", command: "initscope theory --activation tanh")

  private func decode(_ bytes: [UInt8]) throws -> DecodedPNG { try DecodedPNG(bytes) }

  // MARK: Phase diagram, of plain numbers

  /// Four columns and two rows with chi1 from a half to a double, and a cell without a fixed point.
  private static let plain = PhaseDiagramFigure(
    activation: "test", weightVariances: 0...4, biasVariances: 0...1,
    chi1: [[0.5, 0.8, 1, 1.25], [0.5, 0.9, 1.6, nil]], depthScaleC: [[1, 3, .infinity, 5], [1.2, 4, 30, nil]],
    edgeOfChaos: [[.init(weightVariance: 2.5, biasVariance: 0), .init(weightVariance: 2.5, biasVariance: 1)]],
    point: .init(weightVariance: 0.5, biasVariance: 0.25))

  @Test func cellsHaveTheirColors() throws {
    let layout = try Self.plain.layout()
    let image = try decode(try Self.plain.render(Self.origin))
    #expect(layout.panels.count == 2)
    func color(panel: Int, row: Int, column: Int) -> Color {
      let area = layout.panels[panel].area
      // The corner of the cell by the frame, away from curve, point and names.
      return image.color(
        Int(area.left + layout.columns[column]) + 8, row == 0 ? Int(area.bottom) - 8 : Int(area.top) + 8)
    }
    for (row, cells) in Self.plain.chi1.enumerated() {
      for (column, value) in cells.enumerated() {
        guard let value else { continue }
        // Independent of the scale: a quarter to four times on the diverging map.
        let expected = DivergingMap.color(at: log(value) / log(4))
        #expect(color(panel: 0, row: row, column: column) == expected, "row \(row), column \(column)")
      }
    }
    #expect(color(panel: 0, row: 0, column: 2) == DivergingMap.color(at: 0), "chi1 = 1 is neutral")
    // The ends of viridis: infinitely deep is yellow, the shallowest violet.
    #expect(color(panel: 1, row: 0, column: 2) == Color(Viridis.table[255]))
    #expect(color(panel: 1, row: 0, column: 0) == Color(Viridis.table[0]))
    // No fixed point: hatched.
    let area = layout.panels[0].area
    let box = Int(area.right) - 100..<Int(area.right) - 4
    #expect(image.count(.absent, x: box, y: Int(area.top) + 4..<Int(area.top) + 60) > 1500)
  }

  @Test func theEdgeOfChaosStandsWhereItIs() throws {
    let layout = try Self.plain.layout()
    let image = try decode(try Self.plain.render(Self.origin))
    func isDark(_ x: Int, _ y: Int) -> Bool {
      let color = image.color(x, y)
      return max(color.red, color.green, color.blue) < 110
    }
    for frame in layout.panels {
      let x = Int(frame.x.position(2.5))
      // A dark line of 2.2 pixels, and nothing dark for a while on either side. Row 0 alone: its cells are light there.
      for bias in [0.1, 0.3, 0.45] {
        let y = Int(frame.y.position(bias))
        #expect((x - 1..<x + 2).contains { isDark($0, y) }, "bias variance \(bias)")
        #expect(!(x - 20..<x - 2).contains { isDark($0, y) }, "bias variance \(bias)")
        #expect(!(x + 3..<x + 20).contains { isDark($0, y) }, "bias variance \(bias)")
      }
    }
    // The queried point: a dark ring around a white middle.
    let frame = layout.panels[0]
    let (x, y) = (Int(frame.x.position(0.5)), Int(frame.y.position(0.25)))
    #expect(image.color(x, y) == .white)
    #expect(image.count(.ink, x: x - 6..<x + 7, y: y - 6..<y + 7) >= 30)
  }

  @Test func picturesNameTheirOrigin() throws {
    let image = try decode(try Self.plain.render(Self.origin))
    #expect(image.texts["Software"] == "initscope test")
    #expect(image.texts["Command"] == "initscope theory --activation tanh")
    #expect(image.texts["Title"] == PhaseDiagramFigure.title)
    #expect(image.texts["Description"] == "mean-field theory of test")
  }

  // MARK: Phase diagram, of tanh

  @Test func theEdgeOfTanhPassesThroughTheReference() throws {
    let table = try MomentTable(Activation(parsing: "tanh"))
    let report = try TheoryReport(table, weightVariance: 1.3 * 1.3, biasVariance: 0.09)
    let figure = try PhaseDiagramFigure(report, table: table)
    let layout = try figure.layout()
    let image = try decode(try figure.render(Self.origin))
    let frame = layout.panels[0]
    // Reference cases: sb2 -> sw2.
    for (bias, weight) in [(0.05, 1.7609546), (0.1, 1.9860726)] {
      let p = frame.point(weight, bias)
      #expect(image.ink(x: Int(p.x) - 1..<Int(p.x) + 2, y: Int(p.y)..<Int(p.y) + 1) >= 1, "bias variance \(bias)")
    }
    // On either side of it chi1 is on its side of 1, whatever the color scale.
    for (row, cells) in figure.chi1.enumerated() {
      let bias = figure.biasVariances.upperBound * (Double(row) + 0.5) / Double(cells.count)
      let critical = try #require(try CriticalLine(table).point(biasVariance: bias)).weightVariance
      for (column, chi1) in cells.enumerated() {
        let weight = figure.weightVariances.upperBound * (Double(column) + 0.5) / Double(cells.count)
        let isOrdered = try #require(chi1) < 1
        #expect(isOrdered == (weight < critical), "\(weight), \(bias)")
      }
    }
  }

  /// Sigmoid's q* changes by 1.5% over the whole frame: the line is followed by rows, too.
  @Test func theEdgeOfSigmoidCrossesTheFrame() throws {
    let table = try MomentTable(.sigmoid)
    let figure = try PhaseDiagramFigure(TheoryReport(table, weightVariance: nil, biasVariance: nil), table: table)
    let edge = figure.edgeOfChaos.flatMap { $0 }
    #expect(edge.contains { $0.biasVariance == 0 } && edge.contains { $0.biasVariance > 0.3 - 1e-9 })
    // critical_line.py, at a bias variance of 0.3.
    let top = try #require(edge.first { abs($0.biasVariance - 0.3) < 1e-9 })
    #expect(abs(top.weightVariance - 103.72859707615928) < 1e-6)
  }

  // MARK: Cobwebs

  /// V(q) = (q + 1)/2 with its fixed point 1, from 0: iterates 0, 1/2, 3/4.
  @Test func aCobwebFollowsItsMap() throws {
    let arguments = (0...20).map { Double($0) / 10 }
    let figure = CobwebFigure(
      activation: "test",
      maps: [
        .init(
          title: "Map", symbol: "q", arguments: arguments, images: arguments.map { ($0 + 1) / 2 },
          iterates: [0.25, 0.625, 0.8125],
          fixedPoints: [.init(value: 1, isStable: true), .init(value: 1.8, isStable: false)])
      ])
    let frame = try figure.layout().frames[0]
    let image = try decode(try figure.render(Self.origin))
    let blue = SeriesStyle.palette[0], orange = SeriesStyle.palette[1]
    func contains(_ color: Color, _ x: Double, _ y: Double) -> Bool {
      let p = frame.point(x, y)
      return image.count(color, x: Int(p.x) - 2..<Int(p.x) + 3, y: Int(p.y) - 2..<Int(p.y) + 3) > 0
    }
    #expect(contains(blue, 0.1, 0.55) && contains(blue, 1.5, 1.25))
    #expect(!contains(blue, 0.1, 0.7))
    // Up from the axis, across to the diagonal, up again.
    func near(_ x: Double, _ y: Double) -> Bool {
      let p = frame.point(x, y)
      // A thin line between pixels has no pixel of its pure color: warm is enough.
      return (Int(p.x) - 2..<Int(p.x) + 3).contains { column in
        (Int(p.y) - 2..<Int(p.y) + 3).contains { row in
          let color = image.color(column, row)
          return Int(color.red) > Int(color.blue) + 80
        }
      }
    }
    #expect(orange == Color(0xd55e00))
    #expect(near(0.25, 0.3) && near(0.45, 0.625) && near(0.625, 0.72))
    #expect(!near(0.25, 0.8) && !near(0.9, 0.3))
    // A stable point is filled, an unstable one hollow.
    let stable = frame.point(1, 1), unstable = frame.point(1.8, 1.8)
    #expect(image.color(Int(stable.x), Int(stable.y)) == .ink)
    #expect(image.color(Int(unstable.x), Int(unstable.y)) == .white)
  }

  /// GELU at the recommended point: a stable fixed point is filled, the half-stable one on its left only.
  @Test func halfStablePointsAreHalfFilled() throws {
    let table = try MomentTable(.gelu)
    let figure = try CobwebFigure(TheoryReport(table, weightVariance: nil, biasVariance: nil), table: table)
    let points = figure.maps[0].fixedPoints
    try #require(points.map(\.isHalfStable) == [false, true])
    let frame = try figure.layout().frames[0]
    let image = try decode(try figure.render(Self.origin))
    let p = frame.point(points[1].value, points[1].value)
    #expect(image.color(Int(p.x) - 2, Int(p.y)) == .ink && image.color(Int(p.x) + 2, Int(p.y)) == .white)
  }

  // MARK: Depth scales

  @Test func whereNoScaleExistsTheFigureSaysSo() throws {
    func hatched(_ name: String) throws -> (left: Int, right: Int) {
      let table = try MomentTable(Activation(parsing: name))
      let figure = try DepthScaleFigure(TheoryReport(table, weightVariance: nil, biasVariance: nil))
      let area = try figure.layout().frame.area
      let image = try decode(try figure.render(Self.origin))
      let y = Int(area.top) + 40..<Int(area.top) + 60
      let middle = Int(area.left + area.width * 0.3)
      return (
        image.count(.absent, x: Int(area.left) + 2..<middle, y: y),
        image.count(.absent, x: middle + 200..<Int(area.right) - 2, y: y)
      )
    }
    // ReLU diverges beyond weight variance 2 of 4, squared ReLU beyond 2/3 of 2; tanh nowhere.
    for name in ["relu", "relu_squared"] {
      let counts = try hatched(name)
      #expect(counts.left == 0 && counts.right > 1500, "\(name)")
    }
    let tanh = try hatched("tanh")
    #expect(tanh.left == 0 && tanh.right == 0)
  }

  @Test func theDepthScalePeaksAtCriticality() throws {
    let table = try MomentTable(Activation(parsing: "tanh"))
    let report = try TheoryReport(table, weightVariance: 1.69, biasVariance: 0.05)
    let figure = try DepthScaleFigure(report)
    let critical = try #require(figure.criticalWeightVariance)
    #expect(abs(critical - 1.7609546) < 1e-7)
    let peak = try #require(figure.samples.max { ($0.depthScaleC ?? 0) < ($1.depthScaleC ?? 0) })
    #expect(abs(peak.weightVariance - critical) < 1e-6)
    let frame = try figure.layout().frame
    let image = try decode(try figure.render(Self.origin))
    let blue = SeriesStyle.palette[0]
    // The curve reaches the top of the frame within two pixels of the critical weight variance, and nowhere else.
    let x = Int(frame.x.position(critical)), top = Int(frame.area.top)
    #expect(image.count(blue, x: x - 2..<x + 3, y: top..<top + 30) > 0)
    #expect(image.count(blue, x: Int(frame.area.left)..<x - 30, y: top..<top + 30) == 0)
    #expect(image.count(blue, x: x + 30..<Int(frame.area.right), y: top..<top + 30) == 0)
    // At the queried point its marker stands on the curve.
    let depth = try #require(report.theory.depthScaleC)
    let p = frame.point(1.69, log10(depth))
    #expect(image.color(Int(p.x), Int(p.y)) == blue)
  }

  // MARK: Everything

  /// With INITSCOPE_GALLERY=DIR in the environment the pictures are kept for looking at.
  @Test(arguments: ["tanh", "relu", "gelu", "softplus", "relu_squared"])
  func everyPictureOfEveryKindIsDrawn(name: String) throws {
    let table = try MomentTable(Activation(parsing: name))
    for (weight, bias) in [(nil, nil), (20, 0.3), (0, 0), (3, 0), (1e18, 1e18), (1e-300, 0)] as [(Double?, Double?)] {
      let report = try TheoryReport(table, weightVariance: weight, biasVariance: bias)
      // A phase diagram takes a third of a second.
      let phases = weight.map { $0 == 20 || $0 == 1e18 } ?? true
      let pictures =
        (phases ? [("phase", try PhaseDiagramFigure(report, table: table).render(Self.origin))] : []) + [
          ("maps", try CobwebFigure(report, table: table).render(Self.origin)),
          ("depth", try DepthScaleFigure(report).render(Self.origin)),
        ]
      for (kind, bytes) in pictures {
        let image = try decode(bytes)
        #expect(image.width >= 600 && image.width <= 1400 && image.height >= 400 && image.height <= 1000, "\(kind)")
        if let directory = ProcessInfo.processInfo.environment["INITSCOPE_GALLERY"] {
          try AtomicFile.createDirectory(directory)
          try AtomicFile.write(bytes, to: "\(directory)/\(kind)-\(name)-\(weight ?? -1)-\(bias ?? -1).png")
        }
      }
    }
  }

  @Test func scalesAreFixed() {
    #expect(RatioScale.fraction(4) == 1 && RatioScale.fraction(0.25) == -1 && RatioScale.fraction(1) == 0)
    #expect(RatioScale.fraction(2) == 0.5 && RatioScale.fraction(100) == 1 && RatioScale.fraction(0) == -1)
    #expect(RatioScale.ticks.map(\.label) == ["0.25", "0.5", "1", "2", "4"])
    #expect(DepthColorScale.fraction(.infinity) == 1 && DepthColorScale.fraction(0) == 0)
    #expect(DepthColorScale.fraction(1) == 0 && DepthColorScale.fraction(1000) == 1 && DepthColorScale.fraction(0.2) == 0)
    #expect(DepthColorScale.ticks.map(\.label) == ["1", "10", "100", "1,000"])
  }

  // MARK: What a map marks is true

  private func cobweb(_ name: String, _ weight: Double, _ bias: Double) throws -> CobwebFigure {
    let table = try MomentTable(Activation(parsing: name))
    return try CobwebFigure(TheoryReport(table, weightVariance: weight, biasVariance: bias), table: table)
  }

  /// tanh at weight variance 0.8 without biases: the signal dies out, so that no layer keeps the first one's map. Its
  /// crossing c = 0 was marked as stable beside a caption of c* = 1.
  @Test(arguments: [("tanh", 0.8, 0.0), ("sigmoid", 0, 0), ("relu", 3, 0.1), ("gelu", 4, 0)] as [(String, Double, Double)])
  func aMapThatChangesHasNoFixedPoints(_ name: String, _ weight: Double, _ bias: Double) throws {
    let figure = try cobweb(name, weight, bias)
    guard figure.maps.count > 1 else { return }
    let theory = try MeanFieldTheory(
      activation: Activation(parsing: name), weightVariance: weight, biasVariance: bias)
    guard theory.qStar == nil || theory.qStar == 0 else {
      #expect(!figure.maps[1].fixedPoints.isEmpty)
      return
    }
    #expect(figure.maps[1].fixedPoints.isEmpty && figure.maps[1].iterates.count == 2)
    #expect(figure.maps[1].title == "Correlation map of the first layer, at q = 1")
    #expect(figure.notes.contains { $0.contains("where its curve crosses the dashed line, later layers do not stay") })
    #expect(!figure.notes.contains { $0.contains("c*") })
  }

  /// Poole 2016: chaotic tanh has an unstable c = 1 beside its stable c*; ordered, c = 1 alone and stable.
  @Test func stableAndUnstablePointsAreToldApart() throws {
    let chaotic = try cobweb("tanh", 6.25, 0.09)
    #expect(chaotic.maps[1].fixedPoints.map(\.isStable) == [true, false])
    #expect(chaotic.maps[1].fixedPoints[1].value == 1 && abs(chaotic.maps[1].fixedPoints[0].value - 0.1221) < 1e-4)
    #expect(chaotic.fixedPointKinds == [.stable, .unstable])
    let ordered = try cobweb("tanh", 1.69, 0.09)
    #expect(ordered.maps[1].fixedPoints == [.init(value: 1, isStable: true)])
    #expect(ordered.fixedPointKinds == [.stable])
    // Zero biases in the chaotic phase: c = 0 is the fixed point, and q = 0 an unstable one of the variance.
    let odd = try cobweb("tanh", 6.25, 0)
    #expect(odd.maps[0].fixedPoints.map(\.isStable) == [false, true])
    #expect(odd.maps[1].fixedPoints.map(\.isStable) == [true, false] && abs(odd.maps[1].fixedPoints[0].value) < 1e-12)
  }

  /// ReLU without biases has one correlation map at every variance, the arc-cosine kernel's, whose c = 1 attracts; the
  /// identity keeps every correlation.
  @Test func homogeneousMapsStandStill() throws {
    for weight in [1.0, 2, 3] {
      let relu = try cobweb("relu", weight, 0)
      #expect(relu.maps[1].fixedPoints == [.init(value: 1, isStable: true)], "weight variance \(weight)")
      // Cho and Saul 2009: (sin t + (pi - t) cos t) / pi with t = acos c.
      let c = relu.maps[1].arguments[50], angle = acos(c)
      let expected = (sin(angle) + (.pi - angle) * cos(angle)) / .pi
      // The quadrature-free closed form, to the rounding of a few operations.
      #expect(abs(relu.maps[1].images[50] - expected) < 1e-12)
    }
    let identity = try cobweb("identity", 0.5, 0)
    #expect(identity.maps[1].isDiagonal && identity.maps[1].fixedPoints.isEmpty)
    #expect(identity.notes.contains("Every correlation is a fixed point: the map lies on the diagonal."))
  }
}
