extension SchemeCatalogue {
  /// GPT-2: everything from N(0, 0.02^2), the last matrix of each residual branch divided by the root of the number of
  /// branches.
  static let gpt2 = WeightScheme(
    name: "gpt2", summary: "GPT-2: N(0, 0.02), residual projections (c_proj) divided by sqrt(2L), biases zero.",
    source: "Radford et al. 2019, section 2.3; openai/gpt-2 src/model.py; transformers GPT2PreTrainedModel._init_weights",
    // Without a norm behind the last block it is the first GPT, which divides nothing.
    signs: ["*h.*.attn.c_attn*", "*h.*.mlp.c_fc*", "*ln_f*"], modelTypes: ["gpt2"], parameters: ["std": 0.02], free: "std",
    rules: usualFirst([
      SchemeRule("*.c_proj.weight", "normal(std=std/sqrt(2*L))"),
      SchemeRule("@embedding|@position|@linear|@head", "normal(std=std)"), SchemeRule("@bias", "zeros"),
    ]))
}
