import Glibc

/// Draws the variance map and the correlation map, with their iterates from layer to layer as cobwebs.
///
/// A step goes up or down to the map and across to the diagonal: where it closes in on a crossing, layers settle there.
public struct CobwebFigure: Sendable {
  public struct FixedPoint: Sendable, Equatable {
    public var value: Double
    public var isStable: Bool
    /// Whether the map only touches the diagonal there, so that it attracts from one side.
    public var isHalfStable: Bool

    package init(value: Double, isStable: Bool, isHalfStable: Bool = false) {
      self.value = value
      self.isStable = isStable
      self.isHalfStable = isHalfStable
    }
  }

  /// One map and what is drawn on it.
  public struct Map: Sendable {
    public var title: String
    /// The symbol of the argument: "q".
    public var symbol: String
    /// What the symbol stands for: "variance"; empty to name the symbol alone.
    public var quantity: String
    /// The sampled map: ascending arguments and their images. Both axes have the arguments' range.
    public var arguments: [Double]
    public var images: [Double]
    /// The values at layer 1, 2, ...; an iterate beyond the frame leaves it.
    public var iterates: [Double]
    public var fixedPoints: [FixedPoint]

    package init(
      title: String, symbol: String, quantity: String = "", arguments: [Double], images: [Double], iterates: [Double],
      fixedPoints: [FixedPoint]
    ) {
      precondition(
        arguments.count == images.count && arguments.count > 1, "\(arguments.count) arguments, \(images.count) images")
      precondition(arguments[0] < arguments[arguments.count - 1], "a map without extent")
      self.title = title
      self.symbol = symbol
      self.quantity = quantity
      self.arguments = arguments
      self.images = images
      self.iterates = iterates
      self.fixedPoints = fixedPoints
    }
  }

  public var activation: String
  public var maps: [Map]
  public var notes: [String]

  package init(activation: String, maps: [Map], notes: [String] = []) {
    precondition(!maps.isEmpty, "a cobweb of no map")
    self.activation = activation
    self.maps = maps
    self.notes = notes
  }

  public static let title = "Maps from layer to layer"

  public func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: Self.title, description: "mean-field theory of \(activation)")
  }

  private static let side = 440.0
  private static let gap = 104.0
  private static let mapColor = SeriesStyle.palette[0]
  private static let pathColor = SeriesStyle.palette[1]

  /// The positions of all parts, in pixels.
  package struct Layout {
    var page: Page
    package var frames: [ChartFrame]
    var legendTop: Double { frames[0].area.bottom + 74 }
    var height: Double { legendTop + 20 + Page.margin }
  }

  package func layout() throws(RenderingError) -> Layout {
    let left = Page.margin + 72
    // The legend has room beside one map, too.
    let width = max(left + Double(maps.count) * (Self.side + Self.gap) - Self.gap + Page.margin, left + 860)
    let page = Page(
      Self.title, lines: ["mean-field theory of a wide network · \(activation)"] + notes, width: width,
      ruler: try Page.ruler())
    let frames = maps.enumerated().map { index, map in
      let area = Rectangle(
        x: left + Double(index) * (Self.side + Self.gap), y: (page.contentTop + 26).rounded(), width: Self.side,
        height: Self.side)
      let low = map.arguments[0], high = map.arguments[map.arguments.count - 1]
      let ticks = Ticks.linear(low, high, count: 8)
      return ChartFrame(
        area: area, x: Axis(low, high, from: area.left, to: area.right), y: Axis(low, high, from: area.bottom, to: area.top),
        xTicks: ticks, yTicks: ticks, xTitle: "\(name(map)) in one layer", yTitle: "\(name(map)) in the next layer")
    }
    return Layout(page: page, frames: frames)
  }

  private func name(_ map: Map) -> String { map.quantity.isEmpty ? map.symbol : "\(map.quantity) \(map.symbol)" }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(width: layout.page.width, height: layout.height)
    layout.page.draw(on: canvas)
    for (map, frame) in zip(maps, layout.frames) { draw(map, frame, on: canvas) }
    drawLegend(left: layout.frames[0].area.left, top: layout.legendTop, on: canvas)
    try canvas.check()
    return canvas
  }

  private func draw(_ map: Map, _ frame: ChartFrame, on canvas: Canvas) {
    let area = frame.area
    canvas.text(map.title, at: Point(area.left, area.top - 14), TextStyle(14, weight: .semibold))
    frame.draw(on: canvas, yTitleDistance: 56)
    canvas.clipped(to: area) {
      canvas.line(Point(area.left, area.bottom), Point(area.right, area.top), .rule, dash: [5, 4])
      // Images that are not finite end a stretch of the curve.
      var stretch: [Point] = []
      for (argument, image) in zip(map.arguments, map.images) {
        if image.isFinite {
          stretch.append(frame.point(argument, image))
        } else {
          canvas.stroke(stretch, Self.mapColor, width: 2.4)
          stretch = []
        }
      }
      canvas.stroke(stretch, Self.mapColor, width: 2.4)
      canvas.stroke(path(map, frame), Self.pathColor, width: 1.4)
    }
    for point in map.fixedPoints where point.value >= frame.x.low && point.value <= frame.x.high {
      Self.drawFixedPoint(frame.point(point.value, point.value), point, on: canvas)
    }
    if let start = map.iterates.first, start.isFinite, start >= frame.x.low, start <= frame.x.high {
      canvas.mark(.triangle, at: Point(frame.x.position(start), area.bottom + 2), Self.pathColor, size: 9)
    }
  }

  /// The cobweb: from the axis at the first iterate up to the map, across to the diagonal, and on.
  private func path(_ map: Map, _ frame: ChartFrame) -> [Point] {
    let finite = map.iterates.prefix { $0.isFinite }
    guard let start = finite.first else { return [] }
    var points = [frame.point(start, frame.y.low)]
    for (here, next) in zip(finite, finite.dropFirst()) {
      points.append(frame.point(here, next))
      points.append(frame.point(next, next))
    }
    return points
  }

  private static func drawFixedPoint(_ p: Point, _ point: FixedPoint, on canvas: Canvas) {
    canvas.mark(.circle, at: p, .white, size: 14)
    canvas.mark(.circle, at: p, .ink, size: 11)
    if point.isHalfStable {
      canvas.clipped(to: Rectangle(x: p.x, y: p.y - 6, width: 6, height: 12)) {
        canvas.mark(.circle, at: p, .white, size: 7)
      }
    } else if !point.isStable {
      canvas.mark(.circle, at: p, .white, size: 6)
    }
  }

  private func drawLegend(left: Double, top: Double, on canvas: Canvas) {
    var x = left
    let y = ChartFrame.crisp(top)
    let style = TextStyle(13)
    func entry(_ text: String, width: Double, _ draw: (Double) -> Void) {
      draw(x)
      canvas.text(text, at: Point(x + width + 8, y), style, vertical: .middle)
      x += width + 8 + canvas.width(of: text, style) + 26
    }
    entry("map to the next layer", width: 26) { canvas.line(Point($0, y), Point($0 + 26, y), Self.mapColor, width: 2.4) }
    entry("no change", width: 26) { canvas.line(Point($0, y), Point($0 + 26, y), .rule, dash: [5, 4]) }
    if maps.contains(where: { $0.iterates.count > 1 }) {
      entry("layer by layer, from the triangle", width: 26) {
        canvas.line(Point($0, y), Point($0 + 26, y), Self.pathColor, width: 1.4)
        canvas.mark(.triangle, at: Point($0 + 4, y), Self.pathColor, size: 9)
      }
    }
    for kind in fixedPointKinds {
      let sample = FixedPoint(value: 0, isStable: kind != .unstable, isHalfStable: kind == .halfStable)
      entry(kind.rawValue, width: 14) { Self.drawFixedPoint(Point($0 + 7, y), sample, on: canvas) }
    }
  }

  package enum FixedPointKind: String, CaseIterable {
    case stable = "stable fixed point"
    case halfStable = "half-stable: a signal settles here from one side only"
    case unstable = "unstable fixed point"
  }

  /// The kinds of fixed points that are drawn, for the legend.
  package var fixedPointKinds: [FixedPointKind] {
    let points = maps.flatMap { map in
      map.fixedPoints.filter { $0.value >= map.arguments[0] && $0.value <= map.arguments[map.arguments.count - 1] }
    }
    return FixedPointKind.allCases.filter { kind in
      points.contains { point in
        switch kind {
        case .stable: point.isStable && !point.isHalfStable
        case .halfStable: point.isHalfStable
        case .unstable: !point.isStable && !point.isHalfStable
        }
      }
    }
  }
}
