extension SchemeCatalogue {
  /// Mixtral and other mixtures of experts of the LLaMA kind.
  static let mixtral = WeightScheme(
    name: "mixtral", summary: "Mixtral, Qwen-MoE: all matrices, experts and routers from N(0, 0.02), norm gains one.",
    source: "transformers MixtralPreTrainedModel._init_weights", signs: ["*experts*", "*layers.*.q_proj*|*layers.*.wq*"],
    modelTypes: ["mixtral", "qwen2_moe", "qwen3_moe", "deepseek_v2", "gpt_oss"], parameters: ["std": 0.02], free: "std",
    rules: usualFirst([
      SchemeRule("@residual", "normal(std=std)", "normal(std=std/sqrt(2*L))"),
      SchemeRule("@embedding|@linear|@router|@head", "normal(std=std)", "truncated_normal(std=std, sigmas=3)"),
      // gpt-oss draws the router's bias and its sinks as it draws matrices.
      SchemeRule("*router.bias|*sinks", "zeros", "normal(std=std)"), SchemeRule("@bias", "zeros"),
    ]))
}
