extension Preset {
  /// `depth` hidden layers of `width` units and one linear output layer with zero bias.
  public static let mlp = Preset(
    name: "mlp", summary: "multilayer perceptron: --depth hidden layers of --width units, one linear output layer"
  ) { options throws(NetworkError) in
    let bias: Initializer = options.biasStandardDeviation > 0 ? .normal(std: options.biasStandardDeviation) : .zeros
    return try Network(name: "mlp", input: .features(options.inputs)) {
      Dense(options.width, activation: options.activation, bias: bias).repeated(options.depth)
      Dense(options.outputs, weights: options.outputInitializer, bias: .zeros).named("output")
    }
  }
}
