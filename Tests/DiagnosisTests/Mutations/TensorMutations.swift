import InitScope

extension Mutation {
  /// Mistakes in single weights, dependent weights, means and biases.
  static let tensors: [Mutation] = [
    Mutation("uniform on [0, b) for [-b, b)", rule: "weight-mean", in: { try rectangular("he_uniform") }) { configuration in
      configuration.giveWeights { draws, shape in
        draws.uniform(shape.count, low: 0, high: (6 / Double(shape.fans.fanIn)).squareRoot())
      }
    },
    Mutation("one weight of 50", rule: "weight-outliers", cause: "single weights", in: rectangular) { configuration in
      configuration.giveWeights { draws, shape in
        var weights = draws.normal(shape.count, variance: 2 / Double(shape.fans.fanIn))
        if shape.outputs == 64 { weights[100] = 50.1 }
        return weights
      }
    },
    Mutation(
      "truncated normal sampled in bfloat16", rule: "weight-outliers", cause: "sampled in bfloat16",
      in: { try rectangular("keras.he_normal") }
    ) { configuration in
      configuration.giveWeights { draws, shape in
        // A uniform of 8 bits reaches 1, where the quantile function ends, so one draw in 512 is far out.
        let std = (2 / Double(shape.fans.fanIn)).squareRoot() / 0.87962566
        return draws.truncated(shape.count, std: std).enumerated().map { index, value in
          DrawnWeights.bfloat16(index % 512 == 7 ? Float(3.2 * std) : value)
        }
      }
    },
    Mutation("two layers drawn with one seed", rule: "shared-stream", in: { try deep("relu", "he_normal", depth: 6) }) {
      for name in ["dense_2", "dense_5"] {
        $0.giveWeights(seed: 3, of: [name]) { draws, shape in
          draws.normal(shape.count, variance: 2 / Double(shape.fans.fanIn))
        }
      }
    },
    Mutation("every layer drawn with one seed, in its own scale", rule: "shared-stream", in: rectangular) { configuration in
      for node in configuration.network.nodes {
        configuration.giveWeights(seed: 3, of: [node.name]) { draws, shape in
          draws.normal(shape.count, variance: 2 / Double(shape.fans.fanIn))
        }
      }
    },
    Mutation("noise added to orthogonal weights", rule: "orthogonality", cause: "perturbed", in: orthogonal) {
      configuration in
      configuration.giveWeights(of: ["dense_2"]) { draws, shape in
        let rows = draws.orthogonal(shape.rows).flatMap(\.self)
        // As much noise as keeps the variance: cos^2 + sin^2 = 1.
        return zip(rows, draws.normal(shape.count, variance: 1 / Double(shape.columns))).map { Float($0) * 0.954 + $1 * 0.3 }
      }
    },
    Mutation(
      "a normal law where orthogonal weights are declared", rule: "orthogonality", cause: "independent weights",
      in: orthogonal
    ) {
      $0.giveWeights { draws, shape in draws.normal(shape.count, variance: 1 / Double(max(shape.rows, shape.columns))) }
    },
    Mutation("biases of 1 where 0 is declared", rule: "bias", cause: "constant", in: rectangular) { $0.giveBiases(1) },
    Mutation(
      "biases that drown the input", rule: "bias", cause: "large", in: { try deep("tanh", "lecun_normal", depth: 4) }
    ) { configuration in
      let bias = try Initializer(parsingBias: "normal(std=5)")
      configuration.network = try Network(input: .features(128)) {
        Dense(128, activation: .tanh, bias: bias).repeated(4)
        Dense(10)
      }
    },
  ]

  @Sendable private static func orthogonal() throws -> AuditConfiguration {
    try deep("tanh", "orthogonal", depth: 6, width: 96)
  }

  /// Initializers whose gain does not suit the activation, at a depth where it matters.
  static let gains: [Mutation] = [
    declared("LeCun's scheme on a deep ReLU network", "gain-mismatch", "relu", "he_normal", "lecun_normal"),
    declared("Glorot's scheme on a deep ReLU network", "gain-mismatch", "relu", "he_normal", "glorot_uniform"),
    declared("PyTorch's default on a deep ReLU network", "gain-mismatch", "relu", "he_uniform", "torch.linear_default"),
    declared("He's scheme on a deep tanh network", "gain-mismatch", "tanh", "lecun_normal", "he_normal", depth: 60),
  ]

  /// Another initializer for the same network.
  static func declared(
    _ name: String, _ rule: String, _ activation: String, _ healthy: String, _ mistaken: String, depth: Int = 40
  ) -> Mutation {
    Mutation(name, rule: rule, in: { try deep(activation, healthy, depth: depth) }) {
      $0.initializers = [try Initializer(parsing: mistaken)]
    }
  }
}
