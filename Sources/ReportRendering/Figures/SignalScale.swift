import Glibc
import NumberText

/// Colors of log10 second moments: a signed quantity, 0 where the signal is preserved, hence a diverging map about 0.
///
/// The scale is asinh: linear within about a factor of ten of 1, logarithmic beyond, so that a network that loses a tenth
/// of its signal and one that explodes to 1e+60 can stand in one picture. It ends at 1e-100 and 1e+100.
package struct SignalScale: Sendable, Equatable {
  /// The largest |log10| with a color of its own.
  package var bound: Double
  /// Whether a cell lies beyond `bound`: the color bar then ends in arrows.
  package var isClipped: Bool

  package init(_ cells: some Sequence<SignalCell>) {
    let largest = cells.lazy.compactMap(\.value).reduce(0) { max($0, abs($1)) }
    // At least 1: sampling noise about 0 must not look like a finding.
    bound = [1, 2, 3, 5, 10, 20, 30, 50].first { $0 >= largest } ?? 100
    isClipped = largest > 100
  }

  /// Position in -1...1.
  package func fraction(_ log10: Double) -> Double {
    min(max(asinh(log10) / asinh(bound), -1), 1)
  }

  package func color(_ log10: Double) -> Color { DivergingMap.color(at: fraction(log10)) }

  package var ticks: [Tick] {
    // The end of the scale has a label; marks too close to it have none.
    let marks = [1.0, 3, 10, 30].filter { fraction($0) < 0.86 } + [bound]
    let values = marks.reversed().map { -$0 } + [0] + marks
    return values.map { Tick($0, ($0 > 0 ? "+" : "") + FigureNumber.fixed($0, 0)) }
  }
}
