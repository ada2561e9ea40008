import Glibc

import Glibc

/// Draws the phase diagram of an activation over weight and bias variance: chi1, optionally the depth scale of correlations,
/// and the edge of chaos.
///
/// All inputs are plain numbers, so that the figure draws any theory.
public struct PhaseDiagramFigure: Sendable {
  /// A point of the plane: weight and bias variance.
  public struct Parameters: Sendable, Equatable {
    public var weightVariance: Double
    public var biasVariance: Double

    package init(weightVariance: Double, biasVariance: Double) {
      self.weightVariance = weightVariance
      self.biasVariance = biasVariance
    }
  }

  public var activation: String
  /// The bounds of the diagram. Cells divide them evenly and are evaluated at their middles.
  public var weightVariances: ClosedRange<Double>
  public var biasVariances: ClosedRange<Double>
  /// The growth of the mean squared gradient per layer, `chi1[row][column]`: rows by bias variance, columns by weight
  /// variance, ascending. Nil where the variance map has no fixed point.
  public var chi1: [[Double?]]
  /// The depth scale of correlations in layers, in the shape of `chi1`; empty to leave it out, infinite at criticality.
  public var depthScaleC: [[Double?]]
  /// The lines chi1 = 1, each from one end to the other.
  public var edgeOfChaos: [[Parameters]]
  /// The point that was asked about, and its description.
  public var point: Parameters?
  /// What the legend calls the point.
  public var pointTitle = "the point asked about"
  public var notes: [String]

  package init(
    activation: String, weightVariances: ClosedRange<Double>, biasVariances: ClosedRange<Double>, chi1: [[Double?]],
    depthScaleC: [[Double?]] = [], edgeOfChaos: [[Parameters]] = [], point: Parameters? = nil, notes: [String] = []
  ) {
    precondition(
      !chi1.isEmpty && chi1.allSatisfy { $0.count == chi1[0].count && !$0.isEmpty },
      "a phase diagram of \(chi1.count) rows of \(chi1.map(\.count)) cells")
    precondition(
      depthScaleC.isEmpty || depthScaleC.map(\.count) == chi1.map(\.count),
      "\(depthScaleC.map(\.count)) depth scales for \(chi1.map(\.count)) cells")
    self.activation = activation
    self.weightVariances = weightVariances
    self.biasVariances = biasVariances
    self.chi1 = chi1
    self.depthScaleC = depthScaleC
    self.edgeOfChaos = edgeOfChaos
    self.point = point
    self.notes = notes
  }

  public static let title = "Phase diagram: order and chaos at initialization"

  public func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: Self.title, description: "mean-field theory of \(activation)")
  }

  private static let side = 448.0
  private static let gap = 84.0

  /// The positions of all parts, in pixels.
  package struct Layout {
    var page: Page
    package var panels: [ChartFrame]
    /// The bounds of columns from a panel's left, and of rows from the bottom upwards.
    package var columns: [Double]
    package var rows: [Double]
    var legendTop: Double { panels[0].area.bottom + 74 }
    var height: Double { legendTop + 20 + Page.margin }

    package func bar(_ panel: Int) -> Rectangle {
      let area = panels[panel].area
      return Rectangle(x: area.right + 18, y: area.top + 10, width: ColorBar.width, height: area.height - 20)
    }
  }

  package func layout() throws(RenderingError) -> Layout {
    let count = depthScaleC.isEmpty ? 1 : 2
    let left = Page.margin + 62
    let width = left + Double(count) * (Self.side + ColorBar.fullWidth + Self.gap) - Self.gap + Page.margin
    let page = Page(Self.title, lines: [caption] + notes, width: width, ruler: try Page.ruler())
    let top = (page.contentTop + 26).rounded()
    let panels = (0..<count).map { panel in
      let area = Rectangle(
        x: left + Double(panel) * (Self.side + ColorBar.fullWidth + Self.gap), y: top, width: Self.side, height: Self.side)
      return ChartFrame(
        area: area, x: Axis(weightVariances.lowerBound, weightVariances.upperBound, from: area.left, to: area.right),
        y: Axis(biasVariances.lowerBound, biasVariances.upperBound, from: area.bottom, to: area.top),
        xTicks: Ticks.linear(weightVariances.lowerBound, weightVariances.upperBound, count: 8),
        yTicks: Ticks.linear(biasVariances.lowerBound, biasVariances.upperBound, count: 8),
        xTitle: "weight variance × fan-in", yTitle: "bias variance")
    }
    return Layout(
      page: page, panels: panels, columns: SignalCells.edges(from: 0, width: Self.side, count: chi1[0].count),
      rows: SignalCells.edges(from: 0, width: Self.side, count: chi1.count))
  }

  private var caption: String { "mean-field theory of a wide network · \(activation)" }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(width: layout.page.width, height: layout.height)
    layout.page.draw(on: canvas)
    let growths = chi1.joined().compactMap { $0 }, depths = depthScaleC.joined().compactMap { $0 }
    drawPanel(
      0, "χ₁: growth of squared gradients per layer", layout, values: chi1, color: RatioScale.color,
      bar: ColorBar(
        ticks: RatioScale.ticks.map { ((RatioScale.fraction($0.value) + 1) / 2, $0.label) },
        isClippedBelow: growths.contains { $0 < 1 / RatioScale.bound },
        isClippedAbove: growths.contains { $0 > RatioScale.bound }, color: { DivergingMap.color(at: 2 * $0 - 1) }),
      on: canvas)
    if layout.panels.count > 1 {
      drawPanel(
        1, "Depth scale of correlations, in layers", layout, values: depthScaleC, color: DepthColorScale.color,
        bar: ColorBar(
          ticks: DepthColorScale.ticks.map { (DepthColorScale.fraction($0.value), $0.label) },
          isClippedBelow: depths.contains { $0 < pow(10, DepthColorScale.low) },
          isClippedAbove: depths.contains { $0 > pow(10, DepthColorScale.high) }, color: Viridis.color(at:)),
        on: canvas)
    }
    drawLegend(layout, on: canvas)
    try canvas.check()
    return canvas
  }

  // MARK: One panel

  private func drawPanel(
    _ index: Int, _ title: String, _ layout: Layout, values: [[Double?]], color: (Double) -> Color, bar: ColorBar,
    on canvas: Canvas
  ) {
    let frame = layout.panels[index], area = frame.area
    canvas.text(title, at: Point(area.left, area.top - 14), TextStyle(14, weight: .semibold))
    frame.draw(on: canvas, yTitleDistance: 50)
    drawAbsent(layout, values, area, on: canvas)
    for (row, cells) in values.enumerated() {
      let top = area.bottom - layout.rows[row + 1], height = layout.rows[row + 1] - layout.rows[row]
      for (column, value) in cells.enumerated() {
        guard let value, !value.isNaN else { continue }
        canvas.fill(
          Rectangle(
            x: area.left + layout.columns[column], y: top, width: layout.columns[column + 1] - layout.columns[column],
            height: height),
          color(value))
      }
    }
    canvas.clipped(to: area) {
      for curve in edgeOfChaos {
        let points = curve.map { frame.point($0.weightVariance, $0.biasVariance) }
        canvas.stroke(points, .white, width: 5)
        canvas.stroke(points, .ink, width: 2.2)
      }
    }
    canvas.stroke(
      Rectangle(x: area.left - 0.5, y: area.top - 0.5, width: area.width + 1, height: area.height + 1), .rule)
    drawPhaseNames(frame, on: canvas)
    if let point { Self.drawPoint(frame.point(point.weightVariance, point.biasVariance), on: canvas) }
    bar.draw(in: layout.bar(index), on: canvas)
  }

  /// Hatches the whole panel where any cell has no value, so that neighbouring cells share one background.
  private func drawAbsent(_ layout: Layout, _ values: [[Double?]], _ area: Rectangle, on canvas: Canvas) {
    if values.joined().contains(where: { $0?.isNaN ?? true }) { canvas.hatch(area) }
  }

  private static func drawPoint(_ p: Point, on canvas: Canvas) {
    canvas.mark(.circle, at: p, .white, size: 15)
    canvas.mark(.circle, at: p, .ink, size: 12)
    canvas.mark(.circle, at: p, .white, size: 5)
  }

  // MARK: Names of the phases

  private enum Phase: CaseIterable {
    case ordered, chaotic, divergent

    init(_ chi1: Double?) {
      guard let chi1, !chi1.isNaN else {
        self = .divergent
        return
      }
      self = chi1 < 1 ? .ordered : .chaotic
    }

    var name: String {
      switch self {
      case .ordered: "ordered"
      case .chaotic: "chaotic"
      case .divergent: "no fixed point"
      }
    }
  }

  /// Writes each phase's name where it has most room; a phase without room for its name has none.
  private func drawPhaseNames(_ frame: ChartFrame, on canvas: Canvas) {
    let area = frame.area
    let phases = chi1.map { $0.map { Phase($0) } }
    let taken = point.map { frame.point($0.weightVariance, $0.biasVariance) }
    let style = TextStyle(14, weight: .semibold)
    for phase in Phase.allCases {
      let width = canvas.width(of: phase.name, style) + 16, height = 24.0
      var best: (room: Double, center: Point)?
      for (x, y) in candidates(width: width, height: height) {
        let center = Point(area.left + x, area.bottom - y)
        if let taken, abs(taken.x - center.x) < width / 2 + 14, abs(taken.y - center.y) < height / 2 + 14 { continue }
        let room = self.room(phase, phases, x: x, y: y, width: width, height: height, best: best?.room ?? 0)
        if room > best?.room ?? 0 { best = (room, center) }
      }
      guard let center = best?.center else { continue }
      let box = Rectangle(
        x: (center.x - width / 2).rounded(), y: (center.y - height / 2).rounded(), width: width.rounded(), height: height)
      canvas.fill(box, Color.white.opacity(0.78))
      canvas.text(phase.name, at: box.center, style, anchor: .middle, vertical: .middle)
    }
  }

  /// Centres for a label on a grid of 8 pixels, from the middle of the panel outwards: of two with equal room the more
  /// central one wins.
  private func candidates(width: Double, height: Double) -> [(x: Double, y: Double)] {
    let margin = 6.0, side = Self.side
    let points = stride(from: height / 2 + margin, through: side - height / 2 - margin, by: 8).flatMap { y in
      stride(from: width / 2 + margin, through: side - width / 2 - margin, by: 8).map { x in (x: x, y: y) }
    }
    func distance(_ p: (x: Double, y: Double)) -> Double { abs(p.x - side / 2) + abs(p.y - side / 2) }
    return points.sorted { distance($0) < distance($1) }
  }

  /// How far, in steps of 4 pixels, a box may grow on all sides before it meets another phase (or half as far, the frame);
  /// at most `best`.
  private func room(
    _ phase: Phase, _ phases: [[Phase]], x: Double, y: Double, width: Double, height: Double, best: Double
  ) -> Double {
    let side = Self.side
    let toFrame = min(x - width / 2, side - x - width / 2, y - height / 2, side - y - height / 2)
    func isPure(_ margin: Double) -> Bool {
      guard margin <= 2 * toFrame else { return false }
      let columns = range(x - width / 2 - margin, x + width / 2 + margin, side, phases[0].count)
      let rows = range(y - height / 2 - margin, y + height / 2 + margin, side, phases.count)
      return rows.allSatisfy { row in columns.allSatisfy { phases[row][$0] == phase } }
    }
    var margin = best + 4
    guard isPure(margin) else { return best }
    while isPure(margin + 4) { margin += 4 }
    return margin
  }

  private func range(_ low: Double, _ high: Double, _ side: Double, _ count: Int) -> ClosedRange<Int> {
    let first = Int((max(low, 0) / side * Double(count)).rounded(.down))
    let last = Int((min(high, side) / side * Double(count)).rounded(.up)) - 1
    return min(first, count - 1)...min(max(last, first), count - 1)
  }

  // MARK: Legend

  private func drawLegend(_ layout: Layout, on canvas: Canvas) {
    var x = layout.panels[0].area.left
    let y = ChartFrame.crisp(layout.legendTop)
    let style = TextStyle(13)
    func entry(_ text: String, width: Double, _ draw: (Double) -> Void) {
      draw(x)
      canvas.text(text, at: Point(x + width + 8, y), style, vertical: .middle)
      x += width + 8 + canvas.width(of: text, style) + 26
    }
    if !edgeOfChaos.isEmpty {
      entry("edge of chaos, χ₁ = 1", width: 28) {
        canvas.line(Point($0, y), Point($0 + 28, y), .ink, width: 2.2)
      }
    }
    if point != nil {
      entry(pointTitle, width: 15) { Self.drawPoint(Point($0 + 7.5, y), on: canvas) }
    }
    if chi1.joined().contains(where: { Phase($0) == .divergent }) {
      entry("no fixed point: the variance diverges", width: 24) {
        canvas.hatch(Rectangle(x: $0, y: y - 7.5, width: 24, height: 14))
      }
    }
  }
}
