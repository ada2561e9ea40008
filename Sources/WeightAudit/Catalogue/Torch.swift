extension SchemeCatalogue {
  /// What PyTorch's layers draw by themselves. It is recognized where nothing better fits, and demanded only by name.
  static let torch = libraryDefault(
    WeightScheme(
      name: "pytorch", summary: "PyTorch's defaults: weights and biases uniform to 1/sqrt(fan_in), embeddings N(0, 1).",
      source: "pytorch/pytorch torch/nn/modules: Linear, _ConvNd, Embedding, RNNBase reset_parameters",
      rules: usualFirst([
        SchemeRule("@embedding", "normal(std=1)"), SchemeRule("@recurrent", "uniform(bound=1/sqrt(hidden))"),
        SchemeRule("*bias_ih*|*bias_hh*", "uniform(bound=1/sqrt(hidden))"),
        SchemeRule("*in_proj_weight", "uniform(bound=sqrt(6/(torch_fan_in+torch_fan_out)))"),
        SchemeRule("*in_proj_bias|*attn.out_proj.bias|*attention.out_proj.bias", "zeros"),
        // PyTorch counts the second axis as inputs, which are a transposed convolution's outputs.
        SchemeRule("@transposed", "uniform(bound=1/sqrt(torch_fan_in))"),
        SchemeRule("@linear|@head|@convolution|@router", "torch_default"),
        SchemeRule("@bias", "uniform(bound=1/sqrt(fan_in))"),
      ])))

  /// torch.nn.LSTM and torch.nn.GRU.
  static let torchRecurrent = WeightScheme(
    name: "torch_rnn", summary: "nn.LSTM, nn.GRU and nn.RNN: weights and biases uniform to 1/sqrt(hidden).",
    source: "pytorch/pytorch torch/nn/modules/rnn.py, RNNBase.reset_parameters", signs: ["*weight_ih_l0", "*weight_hh_l0"],
    rules: usualFirst([
      SchemeRule("@recurrent", "uniform(bound=1/sqrt(hidden))"),
      SchemeRule("*bias_ih*|*bias_hh*", "uniform(bound=1/sqrt(hidden))", "zeros", "forget_gate_ones"),
      // Of the layers around the recurrent ones their own program decides.
      SchemeRule("@embedding", "normal(std=1)", "any"), SchemeRule("@linear|@head", "torch_default", "any"),
      SchemeRule("@bias", "uniform(bound=1/sqrt(fan_in))", "any"),
    ]))

  /// torch.nn.Transformer, and its encoder alone.
  static let torchTransformer = WeightScheme(
    name: "nn_transformer",
    summary: "nn.Transformer: Xavier uniform, or of an encoder alone PyTorch's default but for the packed projection.",
    source: "pytorch/pytorch torch/nn/modules/transformer.py, activation.py (MultiheadAttention._reset_parameters)",
    signs: ["*layers.*.self_attn.in_proj_weight", "*layers.*.linear1*"],
    rules: usualFirst([
      SchemeRule("*in_proj_weight", "uniform(bound=sqrt(6/(torch_fan_in+torch_fan_out)))"),
      SchemeRule("*linear1.weight|*linear2.weight|*out_proj.weight", "torch_default", "xavier_uniform"),
      SchemeRule("*in_proj_bias|*out_proj.bias", "zeros"),
      SchemeRule("*linear1.bias|*linear2.bias", "uniform(bound=1/sqrt(fan_in))", "zeros"),
      SchemeRule("@embedding", "normal(std=1)", "any"),
      SchemeRule("@linear|@head", "torch_default", "xavier_uniform", "any"),
      SchemeRule("@bias", "uniform(bound=1/sqrt(fan_in))", "zeros"),
    ]))
}
