extension ActivationEntry {
  static let identity: ActivationEntry = ActivationEntry(
    name: "identity", aliases: ["linear", "none"], summary: "No nonlinearity: the layer stays linear.", formula: "x",
    source: "Saxe, McClelland and Ganguli 2013"
  ) { arguments in
    Activation(
      entry: .identity, arguments: arguments,
      laws: ActivationLaws(
        homogeneousDegree: 1,
        nearZero: .init(slope: 1, radius: .infinity),
        atInfinity: .linear(below: 1, above: 1, threshold: 0),
        maximumSlope: 1),
      value: { $0 },
      derivative: { $0.isNaN ? $0 : 1 })
  }
}

extension Activation {
  /// `x`: no nonlinearity.
  public static let identity = ActivationEntry.identity.activation()
}
