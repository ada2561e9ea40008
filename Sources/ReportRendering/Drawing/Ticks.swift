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

/// Round positions on an axis. All labels of one axis are written in one notation: plain, or with powers of ten.
package enum Ticks {
  /// Multiples of 1, 2 or 5 times a power of ten within `low...high`, about `count` of them at most.
  ///
  /// Labels are plain, with as many decimals as the step needs; where they would have more than four decimals or more than
  /// six digits before them, all have the power of ten of the largest: `0.5×10⁻⁵`, `1.0×10⁻⁵`.
  package static func linear(_ low: Double, _ high: Double, count: Int) -> [Tick] {
    guard low.isFinite, high.isFinite, high > low, count > 0 else { return [] }
    let step = niceStep((high - low) / Double(count))
    let values = multiples(of: step, low, high), largest = values.map(abs).max() ?? 0
    let decimals = max(0, -Int(log10(step).rounded(.down)))
    // Rounded to the step's decimals, 0.30000000000000004 reads 0.3.
    if decimals <= 4, largest < 1e6 { return values.map { Tick($0, FigureNumber.plain($0, decimals)) } }
    let exponent = Int((log10(largest) + 1e-9).rounded(.down))
    // An axis far from zero needs many digits; beyond these two of them read alike anyway.
    let digits = min(12, max(0, exponent - Int((log10(step) + 1e-9).rounded(.down))))
    // In two factors, since 10^-320 and 10^309 are no numbers of full precision.
    let half = pow(10, Double(exponent / 2)), rest = pow(10, Double(exponent - exponent / 2))
    return values.map { value in
      Tick(
        value, value == 0 ? "0" : FigureNumber.fixed(value / half / rest, digits) + "×" + FigureNumber.powerOfTen(exponent))
    }
  }

  /// Ticks of an axis of whole numbers, such as layers: steps of at least 1.
  package static func integer(_ low: Int, _ high: Int, count: Int) -> [Tick] {
    guard high >= low, count > 0 else { return [] }
    let step = max(1, niceStep((Double(high) - Double(low)) / Double(count)).rounded(.up))
    return multiples(of: step, Double(low), Double(high)).map { Tick($0, FigureNumber.plain($0, 0)) }
  }

  /// Ticks of an axis whose positions are log10 of its values.
  ///
  /// Whole powers of ten, `10⁻³⁸`, where there are three or more of them. On a shorter axis 1, 2 and 5 times them, on one of
  /// less than a power of ten round values; those labels are all plain, or all as `2×10⁻⁷` where plain ones would be long.
  package static func log10Axis(_ low: Double, _ high: Double, count: Int) -> [Tick] {
    guard abs(low) < 1e15, abs(high) < 1e15, high > low, count > 0 else { return [] }
    let step = max(1, niceStep((high - low) / Double(count)).rounded(.up))
    let powers = multiples(of: step, low, high)
    guard powers.count < 3, high - low < 4 else { return powers.map { Tick($0, FigureNumber.powerOfTen(Int($0))) } }
    let mantissas: [Double] = [0, log10(2), log10(5)]
    var between: [Double] = []
    for power in multiples(of: 1, low - 1, high + 1) {
      for mantissa in mantissas where power + mantissa >= low - 1e-9 && power + mantissa <= high + 1e-9 {
        between.append(power + mantissa)
      }
    }
    if between.count < 3, high - low < 1 { return narrow(low, high) }
    return zip(between, FigureNumber.labels(ofPowers: between, digits: 1)).map { Tick($0, $1) }
  }

  /// Round values at even distances, on a logarithmic axis of less than a power of ten.
  private static func narrow(_ low: Double, _ high: Double) -> [Tick] {
    // Plain where the whole axis is; else the power of ten is taken out, which also lies far outside Double's range.
    let exponent = low > -4 && high < 6 ? 0 : high.rounded(.down)
    let ticks = linear(pow(10, low - exponent), pow(10, high - exponent), count: 5).filter { $0.value > 0 }
    return ticks.map { tick in
      Tick(
        log10(tick.value) + exponent, exponent == 0 ? tick.label : tick.label + "×" + FigureNumber.powerOfTen(Int(exponent)))
    }
  }

  /// The smallest of 1, 2, 5 x 10^k that is at least `raw`.
  package static func niceStep(_ raw: Double) -> Double {
    guard raw.isFinite, raw > 0 else { return 1 }
    let power = pow(10, log10(raw).rounded(.down))
    for factor in [1.0, 2, 5, 10] where factor * power >= raw * (1 - 1e-9) { return factor * power }
    return 10 * power
  }

  private static func multiples(of step: Double, _ low: Double, _ high: Double) -> [Double] {
    // A little slack, so that a bound that is itself a multiple keeps its tick.
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step + 0 }
  }
}
