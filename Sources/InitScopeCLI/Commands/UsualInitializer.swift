import InitScope

/// What is checked where nobody names an initializer: what the layers name themselves, else what is usual for the
/// activation.
struct UsualInitializer {
  let initializer: Initializer
  /// What to tell the user of the choice; nil where the layers name their weights' initializers.
  let note: String?

  /// Activations that pass positive inputs on and hold negative ones back: He et al. 2015 double the variance for them.
  private static let rectifiers: Set<String> = [
    "relu", "leaky_relu", "prelu", "elu", "celu", "gelu", "gelu_tanh", "quick_gelu", "silu", "mish", "softplus", "relu6",
    "hard_swish", "relu_squared",
  ]

  /// Activations for which theory names another variance than 2: it is checked, as `theory` and a verdict recommend it.
  private static let computed: Set<String> = [
    "gelu", "gelu_tanh", "quick_gelu", "silu", "mish", "hard_swish", "elu", "celu",
  ]

  init(_ configuration: AuditConfiguration) {
    let network = configuration.network
    let activation = network.hiddenActivation
    let name = String(activation.prefix { $0 != "(" })
    if network.declaresInitializers {
      (initializer, note) = (.keras, nil)
      return
    }
    if network.namesHiddenWeights {
      // Only the output layer may be left.
      initializer = network.takes(.glorotUniform) ? .glorotUniform : .heNormal
      note = NamedWeightsNote.text(network, [initializer])
      return
    }
    if Self.computed.contains(name), let suggested = configuration.suggestedInitializers.first {
      initializer = suggested
      note =
        "no initializer is named: checking \(suggested), which theory recommends for \(activation) (see `initscope theory "
        + "--activation \(activation)`). \(Self.advice)"
      return
    }
    let isRectifier = Self.rectifiers.contains(name) || activation == "mixed"
    initializer = isRectifier ? .heNormal : .lecunNormal
    let reason = activation == "mixed" ? "" : ", which is usual with \(activation)"
    note = "no initializer is named: checking \(initializer)\(reason). \(Self.advice)"
  }

  private static let advice = "Name yours with --init, or as weights: in the network file"
}
