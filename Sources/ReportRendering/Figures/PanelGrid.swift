/// Arranges panels of equal size in rows, with as many per row as are readable.
struct PanelGrid {
  let columns: Int
  let rows: Int
  let panelWidth: Double
  let panelHeight: Double
  static let gap = 36.0

  /// Makes the grid; give `columns` where rows have a meaning of their own.
  init(count: Int, panelHeight: Double, columns given: Int? = nil) {
    columns =
      switch given == nil ? count : 0 {
      case 0: given ?? 1
      case ...1: 1
      case 2, 4: 2
      case 3, 5, 6, 7, 8, 9: 3
      default: 4
      }
    rows = max(1, (count + columns - 1) / columns)
    panelWidth =
      switch columns {
      case 1: 680
      case 2: 520
      case 3: 388
      default: 330
      }
    self.panelHeight = panelHeight
  }

  var width: Double { 2 * Page.margin + Double(columns) * panelWidth + Double(columns - 1) * Self.gap }
  var height: Double { Double(rows) * panelHeight + Double(rows - 1) * Self.gap }

  func panel(_ index: Int, top: Double) -> Rectangle {
    Rectangle(
      x: Page.margin + Double(index % columns) * (panelWidth + Self.gap),
      y: top + Double(index / columns) * (panelHeight + Self.gap), width: panelWidth, height: panelHeight)
  }
}
