/// All activations that a specification can name, in the order in which they are listed.
public enum ActivationCatalogue {
  public static let entries: [ActivationEntry] = [
    .identity, .relu, .leakyReLU, .prelu, .relu6, .elu, .selu, .celu, .gelu, .geluTanh, .silu, .mish, .softplus, .softsign,
    .tanh, .hardTanh, .sigmoid, .hardSigmoid, .hardSwish, .erf, .sin, .reluSquared,
  ]

  /// The entry of that canonical name or alias, as ``Specification`` folds it; nil where there is none.
  public static func entry(named name: String) -> ActivationEntry? { index[name].map { entries[$0] } }

  /// Canonical names in catalogue order, then the aliases.
  static let allNames = entries.map(\.name) + entries.flatMap(\.aliases)

  private static let index = Dictionary(
    uniqueKeysWithValues: entries.enumerated().flatMap { position, entry in
      ([entry.name] + entry.aliases).map { ($0, position) }
    })
}
