extension ActivationEntry {
  static let silu: ActivationEntry = ActivationEntry(
    name: "silu", aliases: ["swish"], summary: "Sigmoid-weighted linear unit, also called Swish.",
    formula: "x / (1 + exp(-x))", source: "Elfwing, Uchibe and Doya 2017; Ramachandran, Zoph and Le 2017"
  ) { arguments in
    Activation(
      entry: .silu, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/2 + x / 2 + ...
        nearZero: .init(slope: 0.5, radius: ActivationLaws.precision),
        // |f'(x) - (x > 0)| = 2^-24 here.
        atInfinity: .linear(below: 0, above: 1, threshold: 19.556344055001201),
        // At x = 2.39935728051546767: 1.099839320128866916...
        maximumSlope: 1.09983932012886692),
      // The limit of x sigmoid(x) is 0, where the product of the factors is not.
      value: { $0 < -750 ? 0 : $0 * logistic($0) },
      derivative: { $0.magnitude > 750 ? ($0 > 0 ? 1 : 0) : logistic($0) * (1 + $0 * logistic(-$0)) })
  }
}

extension Activation {
  /// `x sigmoid(x)`, also called Swish (Elfwing 2017; Ramachandran 2017).
  public static let silu = ActivationEntry.silu.activation()
}
