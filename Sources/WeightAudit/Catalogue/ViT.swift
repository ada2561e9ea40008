extension SchemeCatalogue {
  /// timm's vision transformer. PyTorch's truncated normal has absolute bounds of 2 there, which cut nothing at 0.02.
  static let vitTimm = leavingConvolutions(
    WeightScheme(
      name: "vit_timm",
      summary:
        "ViT, DeiT, Swin of timm: matrices and tables of deviation 0.02, biases zero, layer scale small, head small or "
        + "zero.",
      source: "huggingface/pytorch-image-models timm/models/vision_transformer.py, init_weights_vit_timm",
      signs: ["*blocks.*.attn.qkv*", "*blocks.*.mlp.fc1*"], parameters: ["std": 0.02], free: "std",
      rules: usualFirst([
        SchemeRule("*patch_embed*bias|*downsample*bias", "zeros", "uniform(bound=1/sqrt(fan_in))"),
        SchemeRule(
          "*patch_embed*|*downsample*", "torch_default", "truncated_normal(std=std, sigmas=2)", "normal(std=std)",
          "lecun_normal",
          "truncated_normal(std=1/sqrt(fan_in)/0.8796, sigmas=2)", "xavier_uniform", "kaiming_normal(fan_out)"),
        SchemeRule("@token", "normal(std=0.000001)", "zeros", "normal(std=std)", "truncated_normal(std=std, sigmas=2)"),
        SchemeRule("@layerscale", "constant(0.00001)", "constant(0.000001)", "constant(0.0001)", "constant(0.1)"),
        SchemeRule("@head", "zeros", "normal(std=std)", "truncated_normal(std=std, sigmas=2)", "torch_default"),
        SchemeRule("@position|@relative", "normal(std=std)", "truncated_normal(std=std, sigmas=2)", "zeros"),
        SchemeRule("@linear|@convolution", "normal(std=std)", "truncated_normal(std=std, sigmas=2)"),
        SchemeRule("*head*bias", "zeros", "uniform(bound=1/sqrt(fan_in))"), SchemeRule("@bias", "zeros"),
      ])))

  /// The first vision transformer, in JAX: Glorot's formula, with the outputs of the whole fused tensor or of one part.
  static let vitJAX = leavingConvolutions(
    WeightScheme(
      name: "vit_jax",
      summary: "ViT as in JAX, MAE, DiT: matrices Glorot uniform, biases zero or of deviation 1e-6, head zero or small.",
      source:
        "google-research/vision_transformer vit_jax/models_vit.py; facebookresearch/mae models_mae.py, DiT models.py; timm "
        + "init_weights_vit_jax",
      signs: ["*blocks.*.attn.qkv*", "*blocks.*.mlp.fc1*"],
      rules: usualFirst([
        SchemeRule("*patch_embed*|*x_embedder*|*y_embedder*|*t_embedder*|*downsample*", "any"),
        SchemeRule("@token", "normal(std=0.000001)", "zeros", "normal(std=0.02)"),
        SchemeRule("@position", "normal(std=0.02)", "truncated_normal(std=0.02, sigmas=2)", "zeros"),
        SchemeRule("@layerscale", "constant(0.00001)", "constant(0.000001)", "constant(0.0001)", "constant(0.1)"),
        SchemeRule(
          "@head|*final_layer*", "zeros", "normal(std=0.02)", "normal(std=0.01)", "xavier_uniform", "torch_default"),
        SchemeRule("*adaLN*", "zeros", "xavier_uniform"),
        SchemeRule("*qkv.weight", "xavier_uniform", "uniform(bound=sqrt(6/(torch_fan_in+torch_fan_out)))"),
        SchemeRule("@linear", "xavier_uniform"),
        SchemeRule("*head*bias", "any"), SchemeRule("@bias", "zeros", "normal(std=0.000001)"),
      ])))

  /// torchvision's vision transformer.
  static let vitTorchvision = WeightScheme(
    name: "vit_torchvision",
    summary: "ViT of torchvision: attention and MLP Xavier uniform, first convolution 1/sqrt(fan_in), head zero.",
    source: "pytorch/vision torchvision/models/vision_transformer.py",
    signs: ["*encoder_layer_*.self_attention.in_proj_weight", "conv_proj*|*.conv_proj*"],
    rules: usualFirst([
      SchemeRule("*conv_proj.weight", "truncated_normal(std=1/sqrt(fan_in), low=-2, high=2)", "normal(std=1/sqrt(fan_in))"),
      SchemeRule("*pos_embedding", "normal(std=0.02)"), SchemeRule("@token", "zeros"), SchemeRule("@head", "zeros"),
      SchemeRule("*in_proj_weight", "uniform(bound=sqrt(6/(torch_fan_in+torch_fan_out)))"),
      SchemeRule("*out_proj.weight", "torch_default"), SchemeRule("*mlp*bias", "normal(std=0.000001)"),
      SchemeRule("@linear", "xavier_uniform"), SchemeRule("@bias", "zeros"),
    ]))

  /// transformers' vision transformer.
  static let vitTransformers = WeightScheme(
    name: "vit_transformers",
    summary: "ViT, DINOv2 of transformers: all matrices and tables of deviation 0.02, biases zero.",
    source: "transformers ViTPreTrainedModel._init_weights",
    signs: ["*patch_embeddings.projection*", "*layer.*.attention.attention.query*|*layer.*.attention.query*"],
    modelTypes: ["vit", "deit", "dinov2", "beit", "vit_mae"], parameters: ["std": 0.02], free: "std",
    rules: usualFirst([
      SchemeRule("@token", "normal(std=std)", "truncated_normal(std=std, sigmas=2)", "zeros"),
      SchemeRule("@layerscale", "constant(1)", "constant(0.1)", "constant(0.00001)"),
      SchemeRule("@position", "normal(std=std)", "truncated_normal(std=std, sigmas=2)", "zeros"),
      SchemeRule("@linear|@convolution|@head", "normal(std=std)", "truncated_normal(std=std, sigmas=2)"),
      SchemeRule("@bias", "zeros"),
    ]))

  /// A scheme whose program walks over matrices alone: timm's init_weights_vit_timm, and Swin's, touch nn.Linear only.
  private static func leavingConvolutions(_ scheme: WeightScheme) -> WeightScheme {
    var scheme = scheme
    scheme.leavesConvolutions = true
    return scheme
  }
}
