import Glibc
import NumberText

/// A labelled position on an axis.
package struct Tick: Sendable, Equatable {
  package var value: Double
  package var label: String

  package init(_ value: Double, _ label: String) {
    self.value = value
    self.label = label
  }
}

package enum Ticks {
  /// Multiples of 1, 2 or 5 times a power of ten inside `low...high`: at most about `count` of them.
  package static func linear(_ low: Double, _ high: Double, count: Int) -> [Tick] {
    guard low.isFinite, high.isFinite, high > low, count > 0 else { return [] }
    let step = niceStep((high - low) / Double(count))
    let decimals = max(0, -Int(log10(step).rounded(.down)))
    return multiples(of: step, low, high).map { value in
      // Rounded to the step's decimals, 0.30000000000000004 reads 0.3.
      decimals <= 4 && abs(value) < 1e6
        ? Tick(value, FigureNumber.fixed(value, decimals)) : Tick(value, FigureNumber.significant(value))
    }
  }

  /// Ticks of an axis in integers, such as layers: steps of at least 1.
  package static func integer(_ low: Int, _ high: Int, count: Int) -> [Tick] {
    guard high >= low, count > 0 else { return [] }
    let step = max(1, niceStep((Double(high) - Double(low)) / Double(count)).rounded(.up))
    return multiples(of: step, Double(low), Double(high)).map { Tick($0, FigureNumber.fixed($0, 0)) }
  }

  /// Ticks of an axis whose positions are log10 of its values: whole powers of ten, `10⁻³⁸`, and where there are fewer
  /// than three of them also their halves and doubles.
  package static func log10Axis(_ low: Double, _ high: Double, count: Int) -> [Tick] {
    guard abs(low) < 1e15, abs(high) < 1e15, high > low, count > 0 else { return [] }
    let step = max(1, niceStep((high - low) / Double(count)).rounded(.up))
    let powers = multiples(of: step, low, high).map { Tick($0, FigureNumber.powerOfTen(Int($0))) }
    guard powers.count < 3, high - low < 4 else { return powers }
    let between = multiples(of: 1, low - 1, high + 1).flatMap { power in
      [log10(2), log10(5)].map { power + $0 }.filter { $0 >= low && $0 <= high }.map { Tick($0, FigureNumber.power($0, 1)) }
    }
    return (powers + between).sorted { $0.value < $1.value }
  }

  /// As `log10Axis`, with round values in between where an axis spans less than a power of ten and would have hardly a tick.
  package static func narrowLog10Axis(_ low: Double, _ high: Double, count: Int) -> [Tick] {
    let ticks = log10Axis(low, high, count: count)
    guard ticks.count < 3, high - low < 1 else { return ticks }
    return linear(pow(10, low), pow(10, high), count: 5).filter { $0.value > 0 }.map { Tick(log10($0.value), $0.label) }
  }

  /// The smallest of 1, 2, 5 x 10^k that is no less than `raw`.
  package static func niceStep(_ raw: Double) -> Double {
    guard raw.isFinite, raw > 0 else { return 1 }
    let power = pow(10, log10(raw).rounded(.down))
    for factor in [1.0, 2, 5, 10] where factor * power >= raw * (1 - 1e-9) { return factor * power }
    return 10 * power
  }

  private static func multiples(of step: Double, _ low: Double, _ high: Double) -> [Double] {
    // A hair of slack, so that a bound that is itself a multiple keeps its tick.
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step + 0 }
  }
}
