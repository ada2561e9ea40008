extension SchemeCatalogue {
  /// GPT-NeoX and Pythia: small init, and Wang's for the outputs of branches.
  static let gptNeoX = WeightScheme(
    name: "gpt_neox",
    summary: "GPT-NeoX, Pythia: sqrt(2/(5d)), outputs of branches 2/(L sqrt(d)), or N(0, 0.02) as transformers draws it.",
    source: "Black et al. 2022, section 3.1; EleutherAI/gpt-neox megatron/model/init_functions.py",
    signs: ["*layers.*.attention.query_key_value*", "*layers.*.mlp.dense_4h_to_h*"], modelTypes: ["gpt_neox"],
    parameters: ["std": 0.02],
    rules: usualFirst([
      SchemeRule("@residual", "normal(std=2/(L*sqrt(d)))", "normal(std=std)", "normal(std=std/sqrt(2*L))"),
      SchemeRule("@embedding|@linear|@head", "normal(std=sqrt(2/(5*d)))", "normal(std=std)"), SchemeRule("@bias", "zeros"),
    ]))
}
