extension ActivationEntry {
  static let hardSigmoid: ActivationEntry = ActivationEntry(
    name: "hard_sigmoid", aliases: ["hardsigmoid"], summary: "Piecewise linear sigmoid, as PyTorch and Keras 3 define it.",
    formula: "min(max(0, x + 3), 6) / 6", source: "Howard et al. 2019, section 5.2; torch.nn.Hardsigmoid"
  ) { arguments in
    Activation(
      entry: .hardSigmoid, arguments: arguments,
      laws: ActivationLaws(
        nearZero: .init(value: 0.5, slope: 1.0 / 6, radius: 3),
        atInfinity: .saturating(below: 0, above: 1, threshold: 3),
        maximumSlope: 1.0 / 6, kinks: [-3, 3]),
      value: { $0 <= -3 ? 0 : $0 >= 3 ? 1 : ($0 + 3) / 6 },
      derivative: { $0.magnitude >= 3 ? 0 : $0.isNaN ? $0 : 1.0 / 6 })
  }
}

extension Activation {
  /// `min(max(0, x + 3), 6) / 6`, the form of PyTorch and Keras 3 (Howard 2019).
  public static let hardSigmoid = ActivationEntry.hardSigmoid.activation()
}
