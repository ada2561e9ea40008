extension ActivationEntry {
  static let prelu: ActivationEntry = ActivationEntry(
    name: "prelu",
    parameters: [Parameter("a", .number(default: 0.25, in: -1e6...1e6), "initial slope for negative arguments")],
    summary: "Leaky ReLU whose slope is learned; at initialization it is a.", formula: "x for x > 0, a x elsewhere",
    source: "He, Zhang, Ren and Sun 2015, section 2.1"
  ) { arguments in
    .rectifier(entry: .prelu, arguments: arguments, slope: arguments.number("a"))
  }
}

extension Activation {
  /// `x` for positive x, `a x` elsewhere, with the learned slope at its initial value (He 2015). It is within ±1e6.
  public static func prelu(a: Double = 0.25) -> Activation { ActivationEntry.prelu.activation(["a": a]) }
}
