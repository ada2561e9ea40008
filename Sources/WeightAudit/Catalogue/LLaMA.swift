extension SchemeCatalogue {
  private static let signs = [
    "*layers.*.mlp.gate_proj*|*layers.*.feed_forward.w1*|*layers.*.mlp.gate_up_proj*|*layers.*.mlp.up_proj*"
      // OLMo's own names, and those of OLMo-core.
      + "|*blocks.*.ff_proj*|*blocks.*.feed_forward.w1*",
    "*layers.*.q_proj*|*layers.*.wq*|*layers.*.qkv_proj*|*layers.*.wqkv*|*blocks.*.att_proj*|*blocks.*.attention.w_q*",
  ]
  private static let modelTypes = ["llama", "mistral", "qwen2", "qwen3", "olmo", "olmo2", "phi3", "smollm3", "deepseek_v3"]

  /// LLaMA as transformers draws it: one deviation for all matrices.
  static let llama = WeightScheme(
    name: "llama", summary: "LLaMA, Mistral, Qwen, OLMo 2: all matrices from N(0, 0.02), norm gains one.",
    source: "transformers PreTrainedModel._init_weights with LlamaConfig.initializer_range = 0.02", signs: signs,
    modelTypes: modelTypes, parameters: ["std": 0.02], free: "std",
    rules: usualFirst([
      SchemeRule("@embedding|@linear|@router|@head|@position", "normal(std=std)", "truncated_normal(std=std, sigmas=3)"),
      SchemeRule("@bias", "zeros"),
    ]))

  /// LLaMA with the last matrices of each branch divided by sqrt(2L), as in Megatron-LM and llm.c.
  static let llamaScaled = WeightScheme(
    name: "llama_scaled", summary: "LLaMA with o_proj and down_proj divided by sqrt(2L), all else from N(0, 0.02).",
    source: "Megatron-LM scaled_init_method_normal; Radford et al. 2019, section 2.3", signs: signs,
    parameters: ["std": 0.02],
    free: "std",
    rules: usualFirst([
      SchemeRule("@residual", "normal(std=std/sqrt(2*L))", "truncated_normal(std=std/sqrt(2*L), sigmas=3)"),
      SchemeRule("@embedding|@linear|@router|@head", "normal(std=std)", "truncated_normal(std=std, sigmas=3)"),
      SchemeRule("@bias", "zeros"),
    ]))

  /// torchtitan's: deviations that shrink with the block's own number.
  static let torchtitan = WeightScheme(
    name: "torchtitan",
    summary: "LLaMA as torchtitan draws it: wo, w2 and w3 by block, 0.02/sqrt(2(l+1)); embeddings N(0, 1); head 1/sqrt(d).",
    source: "pytorch/torchtitan torchtitan/models/llama3, init_weights with depth_init = True", signs: signs,
    parameters: ["std": 0.02], free: "std",
    rules: usualFirst([
      SchemeRule("@embedding", "normal(std=1)"),
      SchemeRule("@head", "truncated_normal(std=1/sqrt(d), sigmas=3)", "normal(std=1/sqrt(d))"),
      SchemeRule(
        "@residual|*w3*|*up_proj*", "normal(std=std/sqrt(2*(l+1)))", "truncated_normal(std=std/sqrt(2*(l+1)), sigmas=3)"),
      SchemeRule("@linear|@router", "normal(std=std)", "truncated_normal(std=std, sigmas=3)"), SchemeRule("@bias", "zeros"),
    ]))

  /// OLMo's first initialization, called mitchell there.
  static let olmo = WeightScheme(
    name: "olmo", summary: "OLMo 1: 1/sqrt(fan_in), outputs of branches by block, 1/sqrt(2 fan_in (l+1)), cut at 3 sigma.",
    source: "Groeneveld et al. 2024, OLMo; allenai/OLMo olmo/initialization.py, init_fn mitchell", signs: signs,
    rules: usualFirst([
      SchemeRule(
        "@residual", "truncated_normal(std=1/sqrt(2*fan_in*(l+1)), sigmas=3)", "normal(std=1/sqrt(2*fan_in*(l+1)))"),
      SchemeRule("@embedding|@linear|@head", "truncated_normal(std=1/sqrt(d), sigmas=3)", "normal(std=1/sqrt(d))"),
      SchemeRule("@bias", "zeros"),
    ]))

  /// Gemma: gains that enter as 1 + w.
  static let gemma = WeightScheme(
    name: "gemma", summary: "Gemma: as LLaMA, with norm gains that enter as 1 + w and so begin at zero.",
    source: "transformers GemmaRMSNorm, whose forward multiplies by 1 + weight; GemmaPreTrainedModel._init_weights",
    signs: signs,
    modelTypes: ["gemma", "gemma2", "gemma3", "gemma3_text"], parameters: ["std": 0.02], free: "std",
    rules: [SchemeRule("@gain", "zeros, applied as (1 + w)")] + gemmaMatrices)

  /// Qwen3-Next: as Gemma, but for the gated norm within its linear attention.
  static let qwen3Next = WeightScheme(
    name: "qwen3_next",
    summary: "Qwen3-Next: as LLaMA, with norm gains that enter as 1 + w, but for linear attention's, which is one.",
    source: "transformers Qwen3NextRMSNorm, Qwen3NextRMSNormGated and Qwen3NextPreTrainedModel._init_weights",
    signs: ["*layers.*.linear_attn.norm*", "*layers.*.input_layernorm*"],
    modelTypes: ["qwen3_next", "qwen3_5", "qwen3_5_moe"],
    parameters: ["std": 0.02], free: "std",
    rules: [
      SchemeRule("*linear_attn.norm*", "ones"), SchemeRule("@gain", "zeros, applied as (1 + w)"),
      SchemeRule("*.conv1d.weight", "any"),
    ] + gemmaMatrices)

  private static let gemmaMatrices = usualFirst([
    SchemeRule("@embedding|@linear|@router|@head", "normal(std=std)"), SchemeRule("@bias", "zeros"),
  ])
}
