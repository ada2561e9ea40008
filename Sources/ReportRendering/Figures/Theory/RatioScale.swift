import Glibc
import NumberText

/// Colors of a growth factor per layer, chi1: diverging about 1 on a logarithmic scale, so that a half and a double have the
/// same strength. The scale is the same in every picture.
package enum RatioScale {
  /// The scale ends at a quarter and at four times.
  package static let bound = 4.0

  /// The position on the scale, in -1...1.
  package static func fraction(_ value: Double) -> Double {
    value > 0 ? min(max(log2(value) / log2(bound), -1), 1) : -1
  }

  package static func color(_ value: Double) -> Color { DivergingMap.color(at: fraction(value)) }

  package static let ticks = [0.25, 0.5, 1, 2, 4].map { Tick($0, FigureNumber.significant($0)) }
}

/// Colors of a depth scale: viridis on a logarithmic scale from one layer to a thousand, the same in every picture.
package enum DepthColorScale {
  /// log10 of the ends of the scale.
  package static let low = 0.0
  package static let high = 3.0

  /// The position on the scale, in 0...1.
  package static func fraction(_ layers: Double) -> Double {
    layers > 0 ? min(max((log10(layers) - low) / (high - low), 0), 1) : 0
  }

  package static func color(_ layers: Double) -> Color { Viridis.color(at: fraction(layers)) }

  package static let ticks = [1.0, 10, 100, 1000].map { Tick($0, FigureNumber.plain($0, 0)) }
}

extension Ticks {
  /// Ticks of a logarithmic axis in layers, in plain numbers: 1, 2, 5, 10, ... where they fit, else powers of ten.
  static func depths(_ low: Double, _ high: Double) -> [Tick] {
    guard low.isFinite, high.isFinite, high > low, high - low < 30 else { return [] }
    let factors: [Double] = high - low < 3.2 ? [1, 2, 5] : [1]
    let powers = Int(low.rounded(.down))...Int(high.rounded(.up))
    let positions = powers.flatMap { power in
      factors.map { Double(power) + log10($0) }.filter { $0 >= low - 1e-9 && $0 <= high + 1e-9 }
    }
    return zip(positions, FigureNumber.labels(ofPowers: positions, digits: 1)).map { Tick($0, $1) }
  }
}
