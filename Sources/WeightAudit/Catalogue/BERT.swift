extension SchemeCatalogue {
  /// BERT and its kin.
  static let bert = WeightScheme(
    name: "bert", summary: "BERT, RoBERTa, DistilBERT: all matrices and tables from N(0, 0.02), biases zero.",
    source:
      "Devlin et al. 2019; google-research/bert modeling.py (cut at 2 sigma there); transformers "
      + "BertPreTrainedModel._init_weights",
    // A table that is tied to the output may go by the output's name.
    // A vision transformer's positions are a bare parameter and no table.
    signs: [
      "*word_embeddings*|*embeddings.position_embeddings.weight", "*layer.*.attention.*query*|*layer.*.attention.q_lin*",
    ],
    modelTypes: ["bert", "roberta", "distilbert", "xlm-roberta", "electra", "deberta-v2"], parameters: ["std": 0.02],
    free: "std",
    rules: usualFirst([
      SchemeRule("@embedding|@position|@linear|@head", "normal(std=std)", "truncated_normal(std=std, sigmas=2)"),
      SchemeRule("@bias", "zeros"),
    ]))
}
