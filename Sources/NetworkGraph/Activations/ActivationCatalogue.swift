/// All built-in activations, in the order in which `initscope list` shows them.
public enum ActivationCatalogue {
  public static let entries: [ActivationEntry] = [
    .identity, .relu, .leakyReLU, .prelu, .relu6, .elu, .selu, .celu, .gelu, .geluTanh, .quickGELU, .silu, .mish, .softplus,
    .softsign, .tanh, .hardTanh, .sigmoid, .hardSigmoid, .hardSwish, .erf, .sin, .reluSquared,
  ]

  /// Finds the entry with that canonical name or alias; nil where there is none.
  public static func entry(named name: String) -> ActivationEntry? { index[name].map { entries[$0] } }

  /// Canonical names in catalogue order, then the aliases.
  static let allNames = entries.map(\.name) + entries.flatMap(\.aliases)

  private static let index = Dictionary(
    uniqueKeysWithValues: entries.enumerated().flatMap { position, entry in
      ([entry.name] + entry.aliases).map { ($0, position) }
    })
}
