import InitScope

/// What Reports/verdict/presets.csv holds beside README's networks: every preset at a size that trains in a minute, and
/// networks on which a verdict once was wrong.
enum PresetRows {
  private static func rows(
    _ network: String, _ flags: String, on data: String, kind: String, _ initializers: String...
  ) -> [TrainedNetwork] {
    initializers.map { TrainedNetwork(network: network, kind: kind, initializer: $0, data: data, flags: flags) }
  }

  static let presets: [TrainedNetwork] =
    rows(
      "mlp", "--depth 8 --width 128", on: "fashion-mnist", kind: "preset", "he_normal", "glorot_uniform", "normal(std=0.01)",
      "zeros")
    + rows("mlp", "--depth 12 --width 64 --residual", on: "fashion-mnist", kind: "preset", "he_normal", "normal(std=0.3)")
    + rows(
      "mlp", "--activation tanh --depth 8 --width 64 --norm batch", on: "fashion-mnist", kind: "preset", "glorot_normal",
      "zeros")
    + rows("mlp", "--depth 8 --width 64 --norm layer", on: "fashion-mnist", kind: "preset", "he_normal", "zeros")
    + rows("lenet", "", on: "fashion-mnist", kind: "preset", "he_normal", "normal(std=0.01)")
    + rows("lenet", "--activation tanh", on: "fashion-mnist", kind: "preset", "glorot_uniform", "zeros")
    + rows(
      "resnet-mlp", "--depth 4 --width 64", on: "fashion-mnist", kind: "preset", "glorot_uniform", "zero_last", "fixup",
      "zeros")
    + rows(
      "resnet-mlp", "--depth 4 --width 64 --norm batch", on: "fashion-mnist", kind: "preset", "he_normal", "zero_last",
      "zeros")
    + rows("resnet-mlp", "--depth 4 --width 64 --branch-gain", on: "fashion-mnist", kind: "preset", "skipinit")
    + rows(
      "transformer-block", "--depth 2 --width 8", on: "digits-rows.npz", kind: "preset", "glorot_uniform", "normal(std=2)",
      "zeros")
    + rows("transformer-block", "--depth 2 --width 8", on: "digits-rows.npz", kind: "preset", "zero_last")
    + rows("imdb-rnn", "", on: "tokens-2.npz", kind: "preset", "glorot_uniform", "normal(std=0.01)", "zeros")
    + rows("resnet-20", "", on: "digits", kind: "preset", "he_normal", "zero_last", "zeros")
    + rows("cifar-cnn", "", on: "fashion-mnist", kind: "preset", "he_normal", "normal(std=0.01)")

  /// The kind is what there is to see.
  static let others: [TrainedNetwork] =
    rows(
      "mlp", "--activation gelu --depth 8 --width 128 --output-init zeros", on: "fashion-mnist", kind: "zero output layer",
      "he_normal")
    + rows("tb", "", on: "digits-wide.npz", kind: "zero-ended branches first", "zero_last", "glorot_uniform")
    + rows("gap3", "", on: "fashion-mnist", kind: "global average", "he_normal")
    + rows("mlp", "--depth 2 --width 64 --outputs 2", on: "rare.npz", kind: "1% positives", "he_normal", "zeros")
    + rows("prior", "", on: "rare.npz", kind: "prior of a rare class", "he_normal")
    + rows(
      "deep-tanh", "", on: "digits-channels.npz", kind: "deep tanh convolutions", "delta_orthogonal", "lecun_normal")
    + rows("mlp", "--depth 50 --width 64", on: "fashion-mnist", kind: "every reading at its end", "normal(std=0.01)")

  static func all(readme: String) throws -> [TrainedNetwork] {
    var seen: Set<[String]> = []
    return (presets + others + (try ReadmeNetworks.rows(readme))).filter { seen.insert($0.identity).inserted }
  }
}
