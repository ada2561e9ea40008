extension Preset {
  /// A text classifier: Embedding 10,000 x 32, simple RNN of 32 units over 200 tokens, one output.
  public static let imdbRNN = Preset(
    name: "imdb-rnn", summary: "Embedding 10,000 x 32, SimpleRNN 32 over 200 tokens, one output: sentiment of a review",
    options: [.outputInitializer]
  ) { options throws(NetworkError) in
    try Network(name: "imdb-rnn", input: .features(options.tokens ?? 200)) {
      Embedding(vocabulary: 10_000, dimension: 32)
      SimpleRNN(32)
      Dense(1, weights: options.outputInitializer, bias: .zeros).named("output")
    }
  }

  /// Transformer blocks: `depth` blocks of attention and a feed-forward pair, with layer normalization before each (Xiong
  /// 2020), over 32 steps.
  public static let transformerBlock = Preset(
    name: "transformer-block",
    summary:
      "--depth pre-normalized blocks of self-attention and a 4 x wide feed-forward pair on 32 steps of --width features",
    options: [.activation, .depth, .width, .outputs, .outputInitializer, .branchGain],
    defaults: Defaults(depth: 4, width: 128, replicas: 3)
  ) { options throws(NetworkError) in
    try Network(name: "transformer-block", input: .sequence(steps: 32, features: options.width)) {
      for _ in 0..<options.depth {
        Residual(hasGain: options.branchGain) {
          LayerNorm()
          SelfAttention(heads: options.width % 4 == 0 ? 4 : 1)
        }
        Residual(hasGain: options.branchGain) {
          LayerNorm()
          Dense(4 * options.width, activation: options.activation)
          Dense(options.width)
        }
      }
      LayerNorm()
      GlobalAveragePool()
      options.outputLayer
    }
  }
}
