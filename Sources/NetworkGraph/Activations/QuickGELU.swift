extension ActivationEntry {
  static let quickGELU: ActivationEntry = ActivationEntry(
    name: "quick_gelu", aliases: ["gelu_quick"], summary: "The sigmoid approximation of GELU, as CLIP's code has it.",
    formula: "x / (1 + exp(-1.702 x))", source: "Hendrycks and Gimpel 2016, section 2"
  ) { arguments in
    // f(x) = s(1.702 x) / 1.702 with s the SiLU, whose laws these are at 1.702 x.
    Activation(
      entry: .quickGELU, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/2 + 1.702 x / 2 + ...
        nearZero: .init(slope: 0.5, radius: ActivationLaws.precision / 1.702),
        // |f'(x) - (x > 0)| = 2^-24 here.
        atInfinity: .linear(below: 0, above: 1, threshold: 19.556344055001201 / 1.702),
        // At x = 2.39935728051546767 / 1.702.
        maximumSlope: 1.09983932012886692),
      // The limit of x sigmoid(1.702 x) is 0, where the product of the factors is not.
      value: { x in
        if x.magnitude > 450 { return x > 0 ? x : 0 }
        let (v, rounding) = argument(x)
        return x * logistic(v, rounding)
      },
      derivative: { x in
        if x.magnitude > 450 { return x > 0 ? 1 : 0 }
        let (v, rounding) = argument(x)
        return logistic(v, rounding) * (1 + v * logistic(-v, -rounding))
      })
  }
}

extension Activation {
  /// `x sigmoid(1.702 x)` (Hendrycks and Gimpel 2016), the GELU of CLIP.
  public static let quickGELU = ActivationEntry.quickGELU.activation()
}

/// 1.702 x rounded, and the error of the rounding; 1.702 as a sum of two Doubles.
private func argument(_ x: Double) -> (rounded: Double, rounding: Double) {
  let product = 1.702 * x
  return (product, (-product).addingProduct(1.702, x) + 4.263256414560601e-17 * x)
}
