import NumberText

/// Colors of mean squares: a diverging map about 1 on a logarithmic scale from 1e-6 to 1e+6.
///
/// The scale is the same in every picture, and that of the bars in the terminal's table: a signal of 1e-6 looks as lost
/// beside one of 1e+40 as it does alone. What lies at an end or beyond it has the end's color and a mark.
package enum SignalScale {
  /// |log10| of the ends.
  package static let bound = 6.0

  /// An end of the scale.
  package enum End: Sendable, CaseIterable {
    case below, above
  }

  /// Position of a log10 in -1...1.
  package static func fraction(_ log10: Double) -> Double { min(max(log10 / bound, -1), 1) }

  package static func color(_ log10: Double) -> Color { DivergingMap.color(at: fraction(log10)) }

  /// The end that a log10 lies at or beyond.
  package static func end(_ log10: Double) -> End? { log10 <= -bound ? .below : log10 >= bound ? .above : nil }

  package static let ticks = stride(from: -6, through: 6, by: 2).map { Tick(Double($0), FigureNumber.powerOfTen($0)) }
}
