extension Preset {
  /// A multilayer perceptron: `depth` hidden layers of `width` units and one linear output layer with zero bias.
  ///
  /// A hidden layer computes `f(norm(W h + b))`; with `residual`, all but the first compute `h + f(norm(W h + b))`.
  public static let mlp = Preset(
    name: "mlp",
    summary: "multilayer perceptron: --depth hidden layers of --width units, one linear output layer; --norm, --residual",
    options: Set(PresetOptions.Name.allCases)
  ) { options throws(NetworkError) in
    try Network(name: "mlp", input: .features(options.inputs)) {
      options.hiddenLayer
      for _ in 1..<options.depth {
        if options.residual {
          Residual(hasGain: options.branchGain) { options.hiddenLayer }
        } else {
          options.hiddenLayer
        }
      }
      options.outputLayer
    }
  }

  /// A residual perceptron: a dense layer, `depth` blocks `x + W2 f(norm(W1 x))` of `width` units, and a linear output
  /// layer.
  public static let residualMLP = Preset(
    name: "resnet-mlp",
    summary: "a dense stem, --depth blocks x + W2 f(norm(W1 x)) of --width units, a linear output layer; --norm",
    options: Set(PresetOptions.Name.allCases).subtracting([.residual])
  ) { options throws(NetworkError) in
    try Network(name: "resnet-mlp", input: .features(options.inputs)) {
      Dense(options.width, bias: options.hiddenBias)
      for _ in 0..<options.depth {
        Residual(hasGain: options.branchGain) {
          options.hiddenLayer
          Dense(options.width, bias: options.hiddenBias)
        }
      }
      options.outputLayer
    }
  }
}

extension PresetOptions {
  var hiddenBias: Initializer { biasStandardDeviation > 0 ? .normal(std: biasStandardDeviation) : .zeros }

  /// One hidden layer: a dense layer with its activation, or a dense layer and a normalization with the activation.
  @NetworkBuilder var hiddenLayer: [any NetworkPart] {
    switch normalization {
    case .none: Dense(width, activation: activation, bias: hiddenBias)
    case .batch:
      Dense(width, bias: hiddenBias)
      BatchNorm(activation: activation)
    case .layer:
      Dense(width, bias: hiddenBias)
      LayerNorm(activation: activation)
    }
  }

  var outputLayer: Named { Dense(outputs, weights: outputInitializer, bias: .zeros).named("output") }
}
