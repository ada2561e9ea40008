extension ActivationEntry {
  static let geluTanh: ActivationEntry = ActivationEntry(
    name: "gelu_tanh", aliases: ["gelu_new"], summary: "The tanh approximation of GELU, as GPT-2 and BERT's code have it.",
    formula: "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2", source: "Hendrycks and Gimpel 2016, section 2"
  ) { arguments in
    Activation(
      entry: .geluTanh, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/2 + 2 x / sqrt(2 pi) + ..., as GELU's.
        nearZero: .init(slope: 0.5, radius: 0.6266570686577501 * ActivationLaws.precision),
        // |f'(x) - (x > 0)| = 2^-24 here.
        atInfinity: .linear(below: 0, above: 1, threshold: 5.4678599703355260),
        // At x = 1.41850400879082836: 1.128993068658771765...
        maximumSlope: 1.12899306865877177),
      value: { x in
        // The logistic factor is below the least subnormal from -22 on, and 1 on the right.
        if x.magnitude > 40 { return x > 0 ? x : 0 }
        let (v, rounding) = logisticArgument(x)
        return x * logistic(v, rounding)
      },
      derivative: { x in
        if x.magnitude > 40 { return x > 0 ? 1 : 0 }
        let (v, rounding) = logisticArgument(x)
        let slope = linear.high + 3 * cubic.high * x * x
        return logistic(v, rounding) * (1 + x * slope * logistic(-v, -rounding))
      })
  }
}

extension Activation {
  /// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2` (Hendrycks and Gimpel 2016).
  public static let geluTanh = ActivationEntry.geluTanh.activation()
}

// (1 + tanh u) / 2 is the logistic function of 2u, which has no cancellation in the left tail:
// 2u = linear x + cubic x^3, the coefficients 2 sqrt(2 / pi) and 0.044715 times that, each as a sum of two Doubles.
private let linear = (high: 1.5957691216057308, low: -9.96930880911092e-17)
private let cubic = (high: 0.07135481627260025, low: -6.175149918155315e-19)

/// `2 sqrt(2 / pi) (x + 0.044715 x^3)` rounded, and the error of the rounding.
private func logisticArgument(_ x: Double) -> (rounded: Double, rounding: Double) {
  let square = x * x
  let squareRounding = (-square).addingProduct(x, x)
  let term = cubic.high * square
  let termRounding = (-term).addingProduct(cubic.high, square) + cubic.high * squareRounding + cubic.low * square
  let sum = linear.high + term
  // The error of a sum, exact whichever addend is larger (Knuth's TwoSum).
  let termAsAdded = sum - linear.high
  let sumRounding = (linear.high - (sum - termAsAdded)) + (term - termAsAdded) + linear.low + termRounding
  let product = x * sum
  return (product, (-product).addingProduct(x, sum) + x * sumRounding)
}
