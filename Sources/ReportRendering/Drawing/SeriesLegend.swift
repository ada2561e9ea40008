/// A legend of series in as many columns as fit, each entry a sample line, with its marker where the series has one, a name
/// and a quiet note.
struct SeriesLegend {
  struct Entry {
    var style: SeriesStyle
    var name: String
    var note: String
    var isMarked = false
  }

  private static let nameStyle = TextStyle(13)
  private static let noteStyle = TextStyle(13, color: .quiet)
  private static let sample = 34.0
  private static let rowHeight = 22.0

  let entries: [Entry]
  private let columns: Int
  private let columnWidth: Double
  private let names: [String]

  init(_ entries: [Entry], width: Double, ruler: Canvas) {
    self.entries = entries
    let widest =
      entries.map {
        Self.sample + ruler.width(of: $0.name, Self.nameStyle) + 10 + ruler.width(of: $0.note, Self.noteStyle) + 28
      }.max() ?? width
    columns = max(1, min(entries.count, Int(width / widest)))
    columnWidth = columns == 1 ? width : widest
    let room = columnWidth
    names = entries.map {
      ruler.fitted($0.name, Self.nameStyle, to: max(60, room - Self.sample - 10 - ruler.width(of: $0.note, Self.noteStyle)))
    }
  }

  var height: Double { Double((entries.count + columns - 1) / columns) * Self.rowHeight }

  /// Draws the legend; entries run down the columns.
  func draw(at origin: Point, on canvas: Canvas) {
    let rows = (entries.count + columns - 1) / columns
    for (index, entry) in entries.enumerated() {
      let x = origin.x + Double(index / rows) * columnWidth
      let y = ChartFrame.crisp(origin.y + Double(index % rows) * Self.rowHeight + Self.rowHeight / 2)
      canvas.line(Point(x, y), Point(x + 26, y), entry.style.color, width: 2.2, dash: entry.style.dash)
      if entry.isMarked { canvas.mark(entry.style.marker, at: Point(x + 13, y), entry.style.color) }
      canvas.text(names[index], at: Point(x + Self.sample, y), Self.nameStyle, vertical: .middle)
      canvas.text(
        entry.note, at: Point(x + Self.sample + canvas.width(of: names[index], Self.nameStyle) + 10, y), Self.noteStyle,
        vertical: .middle)
    }
  }
}
