/// The published initializations that are known, one file each; several of one family where programs differ.
public enum SchemeCatalogue {
  /// In the order in which they are tried: of two that fit alike the first is taken.
  public static let schemes: [WeightScheme] = [
    gpt2, gptNeoX, llama, llamaScaled, torchtitan, olmo, gemma, qwen3Next, mixtral, bert, t5, clip, siglip, clipPlain,
    vitTimm, vitJAX,
    vitTorchvision,
    vitTransformers,
    convnext, resnet, resnetZeroGamma, mamba, mamba2, torchTransformer, torchRecurrent, torch, keras, flax,
  ]

  /// Finds a scheme by its name; capitals, spaces, hyphens and underscores do not count.
  public static func scheme(named name: String) -> WeightScheme? {
    let folded = fold(name)
    return schemes.first { fold($0.name) == folded }
      ?? aliases[folded].flatMap { alias in schemes.first { $0.name == alias } }
  }

  /// Whether the scheme is one of these, and not one of a file.
  static func isPublished(_ scheme: WeightScheme) -> Bool { self.scheme(named: scheme.name)?.source == scheme.source }

  static func fold(_ name: String) -> String { String(name.lowercased().filter { $0.isLetter || $0.isNumber }) }

  private static let aliases = [
    "vit": "vit_timm", "timm": "vit_timm", "lstm": "torch_rnn", "gru": "torch_rnn", "transformer": "nn_transformer",
    "torch": "pytorch", "pythia": "gpt_neox", "mistral": "llama", "nanogpt": "gpt2", "resnetzero": "resnet_zero_gamma",
  ]

  /// The usual rules, those of the scheme coming between what must stand before and after them.
  static func usualFirst(_ rules: [SchemeRule], before: [SchemeRule] = []) -> [SchemeRule] {
    before + WeightScheme.usual + rules
  }

  /// A scheme that is recognized but never demanded.
  static func libraryDefault(_ scheme: WeightScheme) -> WeightScheme {
    var scheme = scheme
    scheme.isDemanded = false
    return scheme
  }
}
