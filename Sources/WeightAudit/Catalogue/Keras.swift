extension SchemeCatalogue {
  /// What Keras's layers draw by themselves.
  static let keras = libraryDefault(
    WeightScheme(
      name: "keras",
      summary: "Keras's defaults: kernels Glorot uniform, recurrent kernels orthogonal, embeddings uniform to 0.05.",
      source: "keras-team/keras keras/src/layers: Dense, BaseConv, Embedding, LSTM", signs: ["*kernel*"],
      rules: usualFirst([
        SchemeRule("*recurrent_kernel*", "orthogonal(gain=1)"), SchemeRule("@embedding", "uniform(bound=0.05)"),
        // Until version 3.14 Keras took the fans of attention's kernels from their shapes.
        SchemeRule(
          "@linear|@head|@convolution|@transposed|@recurrent", "xavier_uniform",
          "uniform(bound=sqrt(6/(keras_fan_in+keras_fan_out)))"),
        SchemeRule("*/bias|*.bias", "zeros", "forget_gate_ones"), SchemeRule("@bias", "zeros"),
      ])))

  /// What Flax's layers draw by themselves.
  static let flax = libraryDefault(
    WeightScheme(
      name: "flax", summary: "Flax's defaults: kernels LeCun normal, cut at 2 sigma, biases zero.",
      source: "google/flax flax/linen/linear.py, default_kernel_init; recurrent.py, recurrent_kernel_init",
      signs: ["*kernel*"],
      rules: usualFirst([
        SchemeRule("@embedding", "normal(std=1/sqrt(columns))"),
        // Of cells the matrices of the state: LSTM's four, GRU's three, and that of a simple cell.
        SchemeRule(
          "*.hi.kernel|*.hf.kernel|*.hg.kernel|*.ho.kernel|*.hr.kernel|*.hz.kernel|*.hn.kernel|*Cell*.h.kernel",
          "orthogonal(gain=1)"),
        SchemeRule(
          "@linear|@head|@convolution", "truncated_normal(std=1/sqrt(fan_in)/0.87962566, sigmas=2)"),
        SchemeRule("@bias", "zeros"),
      ])))
}
