/// How one series of a line chart looks: color, dash and marker, so that color is never the only difference.
package struct SeriesStyle: Sendable, Equatable {
  package enum Marker: Sendable, CaseIterable {
    case circle, square, triangle, diamond, downTriangle, plus, cross
  }

  package var color: Color
  /// The lengths of dashes and gaps in pixels; empty for a solid line.
  package var dash: [Double]
  package var marker: Marker

  package init(color: Color, dash: [Double] = [], marker: Marker = .circle) {
    self.color = color
    self.dash = dash
    self.marker = marker
  }

  /// The style of series `index`: 9 colors, 7 markers and 3 dashes repeat only after 63 series.
  package static func categorical(_ index: Int) -> SeriesStyle {
    let dashes: [[Double]] = [[], [7, 3], [2, 2.5]]
    return SeriesStyle(
      color: palette[index % palette.count], dash: dashes[index / palette.count % dashes.count],
      marker: Marker.allCases[index % Marker.allCases.count])
  }

  /// The colors of Okabe and Ito (2008, jfly.uni-koeln.de/color) without yellow, which is too pale on white, and with wine
  /// and indigo of Paul Tol's muted scheme (personal.sron.nl/~pault).
  package static let palette: [Color] = [
    Color(0x0072b2), Color(0xd55e00), Color(0x009e73), Color(0xcc79a7), Color(0xe69f00), Color(0x56b4e9),
    Color(0x882255), Color(0x332288), Color(0x555555),
  ]
}
