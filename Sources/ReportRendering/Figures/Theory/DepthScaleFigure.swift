import Glibc
import NumberText

/// Draws depth scales of correlation and variance against weight variance at one bias variance. They peak at criticality.
public struct DepthScaleFigure: Sendable {
  public struct Sample: Sendable, Equatable {
    public var weightVariance: Double
    /// The number of layers over which a difference in correlation or variance decays by a factor of e; nil without a fixed
    /// point, infinite at criticality.
    public var depthScaleC: Double?
    public var depthScaleQ: Double?

    package init(weightVariance: Double, depthScaleC: Double?, depthScaleQ: Double?) {
      self.weightVariance = weightVariance
      self.depthScaleC = depthScaleC
      self.depthScaleQ = depthScaleQ
    }
  }

  public var activation: String
  public var biasVariance: Double
  /// The samples, ascending in weight variance; the first and the last bound the axis.
  public var samples: [Sample]
  public var criticalWeightVariance: Double?
  /// The point that was asked about.
  public var point: Sample?
  public var notes: [String]

  package init(
    activation: String, biasVariance: Double, samples: [Sample], criticalWeightVariance: Double? = nil, point: Sample? = nil,
    notes: [String] = []
  ) {
    precondition(samples.count > 1, "a curve of \(samples.count) samples")
    precondition(samples[0].weightVariance < samples[samples.count - 1].weightVariance, "a curve without extent")
    self.activation = activation
    self.biasVariance = biasVariance
    self.samples = samples
    self.criticalWeightVariance = criticalWeightVariance
    self.point = point
    self.notes = notes
  }

  public static let title = "Depth scale against weight variance"

  public func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: Self.title, description: "mean-field theory of \(activation)")
  }

  private static let plotWidth = 720.0
  private static let plotHeight = 420.0

  /// A depth scale of the samples.
  private struct Series {
    var name: String
    var style: SeriesStyle
    var value: @Sendable (Sample) -> Double?
  }

  private static let series = [
    Series(name: "correlation of two inputs", style: .categorical(0)) { $0.depthScaleC },
    Series(name: "variance", style: SeriesStyle(color: SeriesStyle.palette[1], dash: [7, 3], marker: .square)) {
      $0.depthScaleQ
    },
  ]

  /// The positions of all parts, in pixels. The vertical axis is log10 of layers.
  package struct Layout {
    var page: Page
    package var frame: ChartFrame
    var legendTop: Double { frame.area.bottom + 74 }
    var height: Double { legendTop + 20 + Page.margin }
  }

  package func layout() throws(RenderingError) -> Layout {
    let left = Page.margin + 72
    let page = Page(
      Self.title,
      lines: [
        "mean-field theory of a wide network · \(activation) · bias variance \(FigureNumber.significant(biasVariance))"
      ]
        + notes,
      width: left + Self.plotWidth + Page.margin + 16, ruler: try Page.ruler())
    let area = Rectangle(x: left, y: (page.contentTop + 30).rounded(), width: Self.plotWidth, height: Self.plotHeight)
    let (low, high) = reach
    let x = Axis(
      samples[0].weightVariance, samples[samples.count - 1].weightVariance, from: area.left, to: area.right)
    return Layout(
      page: page,
      frame: ChartFrame(
        area: area, x: x, y: Axis(low, high, from: area.bottom, to: area.top),
        xTicks: Ticks.linear(x.low, x.high, count: 9), yTicks: Ticks.depths(low, high), xTitle: "weight variance × fan-in",
        yTitle: "depth scale, layers"))
  }

  /// The range of the axis: from the smallest scale, at least a tenth of a layer, to a thousand layers or what the point
  /// needs. The peak is infinite and leaves any frame.
  private var reach: (low: Double, high: Double) {
    func logarithms(_ samples: [Sample]) -> [Double] {
      samples.flatMap { sample in
        Self.series.compactMap { $0.value(sample) }.filter { $0 > 0 && $0.isFinite }.map(log10)
      }
    }
    let all = logarithms(samples)
    let low = max(all.min() ?? 0, -1)
    let needed = max(logarithms(point.map { [$0] } ?? []).max() ?? 0, 3)
    let high = min(max(all.max() ?? 1, low + 1), needed)
    // Room for the number beside a point near the top.
    return (low - 0.08, max(high + 0.25, low + 0.5))
  }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(width: layout.page.width, height: layout.height)
    layout.page.draw(on: canvas)
    let frame = layout.frame, area = frame.area
    frame.draw(on: canvas, yTitleDistance: 56)
    drawAbsent(frame, on: canvas)
    drawCriticality(frame, on: canvas)
    canvas.clipped(to: area) {
      for series in Self.series { draw(series, frame, on: canvas) }
    }
    drawPoint(frame, on: canvas)
    drawLegend(layout, on: canvas)
    try canvas.check()
    return canvas
  }

  private func isAbsent(_ sample: Sample) -> Bool { Self.series.allSatisfy { $0.value(sample) == nil } }

  /// Whether a sample lies in the frame, which begins at a tenth of a layer.
  private func isDrawn(_ sample: Sample) -> Bool { Self.series.contains { ($0.value(sample) ?? 0) >= 0.1 } }

  /// Hatches the weight variances without a fixed point, and says so where there is nothing at all to draw.
  private func drawAbsent(_ frame: ChartFrame, on canvas: Canvas) {
    let area = frame.area
    // The first sample is the end of the axis and does not come from theory.
    var start: Double?
    for index in samples.indices.dropFirst() {
      let x = frame.x.position(samples[index].weightVariance)
      if isAbsent(samples[index]) {
        start = start ?? (index == 1 ? area.left : x)
        if index < samples.count - 1 { continue }
      }
      if let left = start, x > left { canvas.hatch(Rectangle(x: left, y: area.top, width: x - left, height: area.height)) }
      start = nil
    }
    guard !samples.contains(where: isDrawn) else { return }
    let text =
      samples.dropFirst().allSatisfy(isAbsent)
      ? "No weight variance here has a fixed point: there is no depth scale."
      : "Where there is a fixed point, deviations vanish within a tenth of a layer."
    canvas.fill(
      Rectangle(x: area.center.x - 290, y: area.center.y - 16, width: 580, height: 32), Color.white.opacity(0.85))
    canvas.text(text, at: area.center, TextStyle(14), anchor: .middle, vertical: .middle)
  }

  private func draw(_ series: Series, _ frame: ChartFrame, on canvas: Canvas) {
    var stretch: [Point] = []
    for sample in samples {
      if let value = series.value(sample), value > 0 {
        // Infinity is far above the frame; an axis keeps it at most a million pixels away.
        let logarithm = value.isFinite ? log10(value) : 300
        stretch.append(frame.point(sample.weightVariance, logarithm))
      } else {
        canvas.stroke(stretch, series.style.color, width: 2.2, dash: series.style.dash)
        stretch = []
      }
    }
    canvas.stroke(stretch, series.style.color, width: 2.2, dash: series.style.dash)
  }

  private func drawCriticality(_ frame: ChartFrame, on canvas: Canvas) {
    guard let critical = criticalWeightVariance, critical >= frame.x.low, critical <= frame.x.high else { return }
    let area = frame.area
    let x = ChartFrame.crisp(frame.x.position(critical))
    canvas.line(Point(x, area.top - 6), Point(x, area.bottom), .quiet, dash: [3, 3])
    let text = "critical, \(FigureNumber.significant(critical, 4))"
    let half = canvas.width(of: text, TextStyle(13)) / 2
    canvas.text(
      text, at: Point(min(max(x, area.left + half), area.right - half), area.top - 12), TextStyle(13), anchor: .middle)
  }

  private func drawPoint(_ frame: ChartFrame, on canvas: Canvas) {
    guard let point else { return }
    for series in Self.series {
      guard let value = series.value(point), value > 0, value.isFinite else { continue }
      let p = frame.point(point.weightVariance, log10(value))
      guard p.x >= frame.area.left - 1, p.x <= frame.area.right + 1, p.y >= frame.area.top, p.y <= frame.area.bottom else {
        continue
      }
      canvas.mark(.circle, at: p, .white, size: 14)
      canvas.mark(series.style.marker, at: p, series.style.color, size: 11)
      let text = FigureNumber.significant(value)
      let style = TextStyle(13, weight: .semibold), width = canvas.width(of: text, style)
      let isRight = p.x + 14 + width < frame.area.right
      let left = isRight ? p.x + 12 : p.x - 12 - width
      // Below a curve that rises beyond the point, above one that falls, on a white background over other curves.
      let next = samples.first { $0.weightVariance > point.weightVariance }.flatMap(series.value) ?? 0
      let baseline = next > value && p.y + 24 < frame.area.bottom ? p.y + 17 : p.y - 7
      canvas.fill(Rectangle(x: left - 2, y: baseline - 13, width: width + 4, height: 16), Color.white.opacity(0.85))
      canvas.text(text, at: Point(left, baseline), style)
    }
  }

  private func drawLegend(_ layout: Layout, on canvas: Canvas) {
    let entries = Self.series.filter { series in samples.contains { (series.value($0) ?? 0) >= 0.1 } }
      .map { SeriesLegend.Entry(style: $0.style, name: $0.name, note: "") }
    let left = layout.frame.area.left
    if !entries.isEmpty {
      let legend = SeriesLegend(entries, width: layout.frame.area.width, ruler: canvas)
      legend.draw(at: Point(left, layout.legendTop - 11), on: canvas)
    }
    guard samples.dropFirst().contains(where: isAbsent) else { return }
    let x = entries.isEmpty ? left : left + 420
    let y = ChartFrame.crisp(layout.legendTop)
    canvas.hatch(Rectangle(x: x, y: y - 7.5, width: 24, height: 14))
    canvas.text("no fixed point: the variance diverges", at: Point(x + 32, y), TextStyle(13), vertical: .middle)
  }
}
