extension ActivationEntry {
  static let hardTanh: ActivationEntry = ActivationEntry(
    name: "hardtanh", aliases: ["hard_tanh"], summary: "The identity clipped to -1...1.", formula: "min(max(-1, x), 1)",
    source: "Collobert 2004"
  ) { arguments in
    Activation(
      entry: .hardTanh, arguments: arguments,
      laws: ActivationLaws(
        nearZero: .init(slope: 1, radius: 1),
        atInfinity: .saturating(below: -1, above: 1, threshold: 1),
        maximumSlope: 1, kinks: [-1, 1]),
      value: { $0 <= -1 ? -1 : $0 >= 1 ? 1 : $0 },
      derivative: { $0.magnitude >= 1 ? 0 : $0.isNaN ? $0 : 1 })
  }
}

extension Activation {
  /// `min(max(-1, x), 1)` (Collobert 2004).
  public static let hardTanh = ActivationEntry.hardTanh.activation()
}
