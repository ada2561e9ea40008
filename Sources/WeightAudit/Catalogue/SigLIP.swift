extension SchemeCatalogue {
  /// SigLIP as transformers draws it, after big_vision.
  static let siglip = WeightScheme(
    name: "siglip",
    summary: "SigLIP: attention and MLP Glorot uniform, MLP biases N(0, 1e-6), all other layers LeCun normal.",
    source: "Zhai et al. 2023; transformers SiglipPreTrainedModel._init_weights", signs: clipSigns,
    modelTypes: ["siglip_text_model"],
    rules: usualFirst([
      // Of the pooling head the packed projection is Glorot's, and the output an ordinary layer.
      SchemeRule("*in_proj_weight", "uniform(bound=sqrt(6/(torch_fan_in+torch_fan_out)))"),
      SchemeRule("*head.attention.out_proj.weight", "lecun_normal", "normal(std=1/sqrt(fan_in)/0.87962566)"),
      SchemeRule("*self_attn.*.weight|*mlp.fc1.weight|*mlp.fc2.weight", "xavier_uniform"),
      SchemeRule("*mlp.fc1.bias|*mlp.fc2.bias", "normal(std=0.000001)", "zeros"),
      SchemeRule("@position", "normal(std=1/sqrt(d))", "normal(std=1/sqrt(fan_in))"),
      // The cut is given there in absolute numbers, which cut nothing.
      SchemeRule(
        "@linear|@convolution", "normal(std=1/sqrt(fan_in)/0.87962566)", "lecun_normal",
        "truncated_normal(std=1/sqrt(fan_in)/0.87962566, low=-2, high=2)"),
      SchemeRule("@embedding", "normal(std=1/sqrt(d))"), SchemeRule("@head", "normal(std=1/sqrt(fan_in))", "any"),
      SchemeRule("@bias", "zeros"),
    ]))
}
