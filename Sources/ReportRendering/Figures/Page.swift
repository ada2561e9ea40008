import SignalPropagation

/// What all pictures share: margins, a title, and lines of text under it.
package struct Page {
  static let margin = 32.0
  static let titleStyle = TextStyle(20, weight: .semibold)
  static let lineStyle = TextStyle(13, color: .quiet)
  /// The most rows or panels of a picture. The picture says how many it leaves out; JSON and CSV have them all.
  static let mostRows = 60
  static let mostPanels = 24

  var title: String
  var lines: [String]
  let width: Double

  /// `notes` follow the two lines that say what was measured; all are wrapped to `width`.
  init(_ title: String, _ report: AuditReport, notes: [String], width: Double, ruler: Canvas) {
    let caption = ReportCaption(report)
    self.init(title, lines: [caption.network, caption.measurement] + notes, width: width, ruler: ruler)
  }

  /// A page whose lines are given, wrapped to `width`.
  init(_ title: String, lines: [String], width: Double, ruler: Canvas) {
    self.title = title
    self.width = width
    self.lines = lines.flatMap { ruler.wrapped($0, Self.lineStyle, to: width - 2 * Self.margin, lines: 3) }
  }

  /// Where the content begins.
  var contentTop: Double { Self.margin + 22 + Double(lines.count) * Self.lineStyle.lineHeight + 22 }

  func draw(on canvas: Canvas) {
    canvas.text(title, at: Point(Self.margin, Self.margin), Self.titleStyle, vertical: .top)
    var y = Self.margin + 30
    for line in lines {
      canvas.text(line, at: Point(Self.margin, y), Self.lineStyle, vertical: .top)
      y += Self.lineStyle.lineHeight
    }
  }

  /// A canvas for measuring text before the size of the picture is known.
  static func ruler() throws(RenderingError) -> Canvas { try Canvas(width: 1, height: 1) }

  static func canvas(width: Double, height: Double) throws(RenderingError) -> Canvas {
    try Canvas(width: Int(width.rounded(.up)), height: min(Int(height.rounded(.up)), Canvas.largestSide))
  }

  /// A picture of a report without measurements.
  static func empty(_ title: String, _ report: AuditReport) throws(RenderingError) -> Canvas {
    let page = Page(title, report, notes: ["Nothing was measured."], width: 720, ruler: try ruler())
    let canvas = try Self.canvas(width: page.width, height: page.contentTop + margin)
    page.draw(on: canvas)
    return canvas
  }

  static func omissionNote(shown: Int, of total: Int) -> [String] {
    shown < total ? ["The first \(shown) of \(total) runs; the JSON document has them all."] : []
  }
}
