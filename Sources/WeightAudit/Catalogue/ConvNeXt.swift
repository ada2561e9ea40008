extension SchemeCatalogue {
  /// ConvNeXt in the names of timm, torchvision and transformers.
  ///
  /// A depthwise convolution and a gamma are in many networks, whose gammas are gains of norms. A layer scale, or the
  /// second version's response norm, must be there, too.
  static let convnext = withRoles(
    [.layerScale, .responseGain],
    WeightScheme(
      name: "convnext",
      summary: "ConvNeXt: convolutions and matrices cut normal of deviation 0.02, biases zero, layer scale 1e-6.",
      source: "Liu et al. 2022; facebookresearch/ConvNeXt models/convnext.py; torchvision/models/convnext.py",
      signs: ["*blocks.*.conv_dw*|*block.0.weight|*dwconv*", "*gamma|*layer_scale*"],
      modelTypes: ["convnext", "convnextv2"],
      parameters: ["std": 0.02], free: "std",
      rules: usualFirst([
        SchemeRule("@layerscale", "constant(0.000001)"),
        SchemeRule("@head", "normal(std=std)", "truncated_normal(std=std, sigmas=2)", "zeros"),
        SchemeRule("@linear|@convolution", "normal(std=std)", "truncated_normal(std=std, sigmas=2)"),
        SchemeRule("@bias", "zeros"),
      ])))

  private static func withRoles(_ roles: Set<TensorRole.Kind>, _ scheme: WeightScheme) -> WeightScheme {
    var scheme = scheme
    scheme.signRoles = roles
    return scheme
  }
}
