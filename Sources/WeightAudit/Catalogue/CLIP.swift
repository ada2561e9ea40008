extension SchemeCatalogue {
  /// The names that CLIP's, SigLIP's and Idefics' encoders of images have in common.
  static let clipSigns = ["*layers.*.self_attn.q_proj*", "*layers.*.mlp.fc1*", "*layers.*.layer_norm1*"]

  /// CLIP as transformers draws it, the tower of text and the tower of images alike.
  static let clip = WeightScheme(
    name: "clip",
    summary:
      "CLIP: queries, keys, values and fc2 1/sqrt(2 L d), outputs of attention 1/sqrt(d), fc1 1/sqrt(2 d), tables 0.02.",
    source: "Radford et al. 2021; transformers CLIPPreTrainedModel._init_weights with initializer_factor = 1",
    signs: clipSigns, modelTypes: ["clip_text_model"], parameters: ["factor": 1, "std": 0.02], free: "factor",
    rules: usualFirst([
      SchemeRule("*.q_proj.weight|*.k_proj.weight|*.v_proj.weight|*.fc2.weight", "normal(std=factor/sqrt(2*L*d))"),
      SchemeRule("*.out_proj.weight", "normal(std=factor/sqrt(d))"),
      SchemeRule("*.fc1.weight", "normal(std=factor/sqrt(2*d))"),
      SchemeRule("*class_embedding", "normal(std=factor/sqrt(d))"),
      SchemeRule("*visual_projection.weight|*text_projection.weight|@head", "normal(std=factor/sqrt(fan_in))"),
      SchemeRule("@embedding|@position|*patch_embedding.weight", "normal(std=factor*std)"), SchemeRule("@bias", "zeros"),
    ]))

  /// Encoders in CLIP's names whose program draws all matrices alike.
  static let clipPlain = WeightScheme(
    name: "clip_plain",
    summary: "CLIP's names with all matrices and tables from N(0, 0.02), as Idefics and SmolVLM draw them.",
    source: "transformers Idefics3VisionTransformer and PreTrainedModel._init_weights with initializer_range = 0.02",
    signs: clipSigns, parameters: ["std": 0.02], free: "std",
    rules: usualFirst([
      SchemeRule("@embedding|@position|@linear|@convolution|@head|*class_embedding", "normal(std=std)"),
      SchemeRule("@bias", "zeros"),
    ]))
}
