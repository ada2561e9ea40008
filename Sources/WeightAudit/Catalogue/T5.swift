extension SchemeCatalogue {
  /// T5: no scaling in its attention, so that queries are drawn small.
  static let t5 = WeightScheme(
    name: "t5",
    summary: "T5: queries 1/sqrt(d d_kv), keys, values and first layers 1/sqrt(d), outputs 1/sqrt(fan_in), tables N(0, 1).",
    source: "Raffel et al. 2020; transformers T5PreTrainedModel._init_weights with initializer_factor = 1",
    signs: ["*SelfAttention.q*", "*DenseReluDense.wi*"], modelTypes: ["t5", "mt5", "umt5"],
    parameters: ["factor": 1, "d_kv": 64], free: "factor",
    rules: [
      SchemeRule("*layer_norm*", "constant(factor)")
    ]
      + usualFirst([
        SchemeRule("@relative", "normal(std=factor/sqrt(d))"),
        SchemeRule("*Attention.q.weight", "normal(std=factor/sqrt(d*d_kv))"),
        SchemeRule("*Attention.k.weight|*Attention.v.weight", "normal(std=factor/sqrt(d))"),
        SchemeRule("*Attention.o.weight", "normal(std=factor/sqrt(fan_in))"),
        SchemeRule("*wi.weight|*wi_0.weight|*wi_1.weight|*wo.weight", "normal(std=factor/sqrt(fan_in))"),
        SchemeRule("@embedding", "normal(std=factor)"),
        SchemeRule("@head", "normal(std=factor)", "normal(std=factor/sqrt(d))"),
      ]))
}
