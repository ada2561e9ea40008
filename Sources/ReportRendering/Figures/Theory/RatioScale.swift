import Glibc
import NumberText

/// Colors of a growth factor per layer, chi1: diverging about 1 on a logarithmic scale, so that a half and a double have the
/// same strength.
package struct RatioScale: Sendable, Equatable {
  /// The scale ends at 1/bound and bound.
  package var bound: Double
  /// Whether values lie below 1/bound or above bound: the color bar then ends in arrows.
  package var isClippedBelow: Bool
  package var isClippedAbove: Bool

  /// Fits what lies above 1 and three quarters of all: chi1 falls to 0 with the weight variance, and a scale down to
  /// there would leave no color for the neighbourhood of 1.
  package init(_ values: some Sequence<Double>) {
    let sorted = values.filter { $0 >= 0 }.sorted()
    let top = sorted.last ?? 1
    let low = sorted.isEmpty ? 1 : sorted[sorted.count / 4]
    let needed = max(top, low > 0 ? 1 / low : top)
    bound = Self.bounds.first { $0 >= needed } ?? Self.bounds[Self.bounds.count - 1]
    isClippedBelow = (sorted.first ?? 1) < 1 / bound
    isClippedAbove = top > bound
  }

  private static let bounds = [1.2, 1.5, 2, 3, 5, 10]

  /// Position in -1...1.
  package func fraction(_ value: Double) -> Double {
    value > 0 ? min(max(log(value) / log(bound), -1), 1) : -1
  }

  package func color(_ value: Double) -> Color { DivergingMap.color(at: fraction(value)) }

  package var ticks: [Tick] {
    let above = [1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10].filter { $0 <= bound && fraction($0) > 0.12 }
    // Marks too close to the end of the scale or to each other have none.
    var kept: [Double] = []
    for value in above.reversed() where (kept.last.map { fraction($0) - fraction(value) } ?? 1) > 0.14 { kept.append(value) }
    return kept.map { Tick(1 / $0, "1/\(FigureNumber.significant($0))") } + [Tick(1, "1")]
      + kept.reversed().map { Tick($0, FigureNumber.significant($0)) }
  }
}

/// Colors of a depth scale in layers: viridis on a logarithmic scale.
package struct DepthColorScale: Sendable, Equatable {
  /// log10 of the ends.
  package var low: Double
  package var high: Double
  package var isClippedBelow: Bool
  package var isClippedAbove: Bool

  /// From the second percentile to the ninety-ninth, within a tenth of a layer and a thousand layers: only cells that the
  /// edge of chaos passes closely are beyond.
  package init(_ values: some Sequence<Double>) {
    let sorted = values.filter { $0 > 0 }.map(log10).sorted()
    func quantile(_ p: Double) -> Double { sorted.isEmpty ? 0 : sorted[Int(p * Double(sorted.count - 1))] }
    low = min(max(quantile(0.02), -1), 2)
    high = max(min(quantile(0.99), 3), low + 0.5)
    isClippedBelow = (sorted.first ?? 0) < low
    isClippedAbove = (sorted.last ?? 0) > high
  }

  /// Position in 0...1.
  package func fraction(_ layers: Double) -> Double {
    layers > 0 ? min(max((log10(layers) - low) / (high - low), 0), 1) : 0
  }

  package func color(_ layers: Double) -> Color { Viridis.color(at: fraction(layers)) }

  package var ticks: [Tick] {
    // Ticks.log10Axis gives positions as logarithms.
    Ticks.depths(low, high).map { Tick(pow(10, $0.value), $0.label) }
  }
}

extension Ticks {
  /// Ticks of a logarithmic axis in layers, written as plain numbers: 1, 2, 5, 10, ... where they fit, else powers of ten.
  static func depths(_ low: Double, _ high: Double) -> [Tick] {
    guard low.isFinite, high.isFinite, high > low, high - low < 30 else { return [] }
    let factors: [Double] = high - low < 3.2 ? [1, 2, 5] : [1]
    let powers = Int(low.rounded(.down))...Int(high.rounded(.up))
    return powers.flatMap { power in
      factors.map { Double(power) + log10($0) }.filter { $0 >= low - 1e-9 && $0 <= high + 1e-9 }
        .map { Tick($0, FigureNumber.power($0, 3)) }
    }
  }
}
