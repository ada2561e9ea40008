import Glibc
import NumberText

/// An activation function that PyTorch or Keras has and the catalogue has not, under the name that reports give it.
///
/// Its laws are estimated from samples when it is made; see `Activation.custom`.
package struct ForeignActivation: Sendable {
  package let value: @Sendable (Double) -> Double
  /// Made when it is wanted: the laws of a function that the catalogue does not have are estimated from many samples.
  private let make: @Sendable () -> Activation
  package var activation: Activation { make() }

  /// A function of the catalogue.
  package init(_ activation: Activation) {
    value = activation.value
    make = { activation }
  }

  private init(
    _ name: String, value: @escaping @Sendable (Double) -> Double, derivative: @escaping @Sendable (Double) -> Double
  ) {
    self.value = value
    make = { .custom(name: name, value: value, derivative: derivative) }
  }

  /// `log(1 / (1 + exp(-x)))` (torch.nn.LogSigmoid, keras.activations.log_sigmoid).
  package static let logSigmoid = ForeignActivation(
    "log_sigmoid", value: { min($0, 0) - log1p(exp(-$0.magnitude)) }, derivative: { Activation.sigmoid.value(-$0) })

  package static let tanhShrink = ForeignActivation(
    "tanhshrink",
    // x^3 / 3 - 2 x^5 / 15 where the difference would cancel.
    value: { $0.magnitude < 1e-3 ? $0 * $0 * $0 * (1.0 / 3 - 2 * $0 * $0 / 15) : $0 - tanh($0) },
    derivative: { tanh($0) * tanh($0) })

  package static func softShrink(_ lambda: Double) -> ForeignActivation {
    ForeignActivation(
      "softshrink(lambda=\(exactNumber(lambda)))",
      value: { $0 > lambda ? $0 - lambda : $0 < -lambda ? $0 + lambda : 0 },
      derivative: { $0.magnitude > lambda ? 1 : 0 })
  }

  package static func hardShrink(_ lambda: Double) -> ForeignActivation {
    ForeignActivation(
      "hardshrink(lambda=\(exactNumber(lambda)))", value: { $0.magnitude > lambda ? $0 : 0 },
      derivative: { $0.magnitude > lambda ? 1 : 0 })
  }

  package static func threshold(_ threshold: Double, below value: Double) -> ForeignActivation {
    ForeignActivation(
      "threshold(threshold=\(exactNumber(threshold)), value=\(exactNumber(value)))",
      value: { $0 > threshold ? $0 : value }, derivative: { $0 > threshold ? 1 : 0 })
  }

  /// The identity between two bounds; a bound that is as far out as it was looked for is none.
  package static func clip(_ lower: Double, _ upper: Double, far: Double) -> ForeignActivation {
    let least = lower <= -far ? -.infinity : lower, most = upper >= far ? .infinity : upper
    let bounds = [least.isFinite ? "min=\(exactNumber(least))" : nil, most.isFinite ? "max=\(exactNumber(most))" : nil]
    return ForeignActivation(
      "\(least.isFinite && most.isFinite ? "hardtanh" : "clip")(\(bounds.compactMap(\.self).joined(separator: ", ")))",
      value: { min(max($0, least), most) }, derivative: { $0 > least && $0 < most ? 1 : 0 })
  }

  package static func softplus(beta: Double) -> ForeignActivation {
    ForeignActivation(
      "softplus(beta=\(exactNumber(beta)))", value: { Activation.softplus.value(beta * $0) / beta },
      derivative: { Activation.softplus.derivative(beta * $0) })
  }

  package static func swish(beta: Double) -> ForeignActivation {
    ForeignActivation(
      "swish(beta=\(exactNumber(beta)))", value: { Activation.silu.value(beta * $0) / beta },
      derivative: { Activation.silu.derivative(beta * $0) })
  }

  /// `exp(x)` (keras.activations.exponential).
  package static let exponential = ForeignActivation("exponential", value: { exp($0) }, derivative: { exp($0) })

  /// `(x + sqrt(x^2 + b)) / 2` (Barron 2021, "Squareplus"; keras.activations.squareplus).
  package static func squareplus(b: Double = 4) -> ForeignActivation {
    ForeignActivation(
      b == 4 ? "squareplus" : "squareplus(b=\(exactNumber(b)))",
      // b / 4 over the conjugate where the sum would cancel.
      value: { x in
        let root = (x * x + b).squareRoot()
        return x >= 0 ? (x + root) / 2 : b / (2 * (root - x))
      },
      derivative: { (1 + $0 / ($0 * $0 + b).squareRoot()) / 2 })
  }

  /// `(x + 1)^2 / 4` between -1 and 1, 0 before and x behind (keras.activations.sparse_plus).
  package static let sparsePlus = ForeignActivation(
    "sparse_plus", value: { $0 <= -1 ? 0 : $0 >= 1 ? $0 : ($0 + 1) * ($0 + 1) / 4 },
    derivative: { $0 <= -1 ? 0 : $0 >= 1 ? 1 : ($0 + 1) / 2 })

  /// `(x + 1) / 2` between -1 and 1, 0 before and 1 behind (keras.activations.sparse_sigmoid).
  package static let sparseSigmoid = ForeignActivation(
    "sparse_sigmoid", value: { $0 <= -1 ? 0 : $0 >= 1 ? 1 : ($0 + 1) / 2 }, derivative: { $0.magnitude < 1 ? 0.5 : 0 })

  /// Keras's ReLU: `slope (x - threshold)` below the threshold, x from there, `most` at most (keras.layers.ReLU).
  package static func relu(most: Double?, slope: Double, threshold: Double) -> ForeignActivation {
    let words = [
      most.map { "max_value=\(exactNumber($0))" }, slope == 0 ? nil : "negative_slope=\(exactNumber(slope))",
      threshold == 0 ? nil : "threshold=\(exactNumber(threshold))",
    ]
    let largest = most ?? .infinity
    return ForeignActivation(
      "relu(\(words.compactMap(\.self).joined(separator: ", ")))",
      value: { $0 >= largest ? largest : $0 >= threshold ? $0 : slope * ($0 - threshold) },
      derivative: { $0 >= largest ? 0 : $0 >= threshold ? 1 : slope })
  }
}
