import InitScope

extension Mutation {
  /// Mistakes that show in signals.
  static let signals: [Mutation] = [
    declared("normal(std=0.01) in a deep network", "vanishing-activations", "relu", "he_normal", "normal(std=0.01)"),
    declared(
      "a twentieth of He's deviation, seen backward", "vanishing-gradients", "tanh", "lecun_normal", "normal(std=0.01)"),
    declared("normal(std=1) in a deep network", "exploding-activations", "relu", "he_normal", "normal(std=1)", depth: 10),
    declared(
      "three times He's variance, seen backward", "exploding-gradients", "relu", "he_normal",
      "variance_scaling(scale=6,mode=fan_in,distribution=normal)"),
    declared(
      "sw = 3 for tanh, far in the chaotic phase", "chaotic", "tanh", "lecun_normal",
      "variance_scaling(scale=9,mode=fan_in,distribution=normal)"),
    Mutation("softplus put in place of ReLU", rule: "collapsed-inputs", in: { try deep("relu", "he_normal") }) {
      $0.network = try deep("softplus", "he_normal").network
    },
    declared(
      "sigmoid with weights of deviation 20", "saturated-units", "sigmoid", "glorot_uniform", "normal(std=20)", depth: 4),
    declared("zeros declared everywhere", "symmetric-units", "relu", "he_normal", "zeros", depth: 6),
    declared(
      "one constant declared everywhere", "symmetric-units", "tanh", "lecun_normal", "constant(value=0.05)", depth: 4),
    Mutation("all units of a layer alike", rule: "symmetric-units", in: { try deep("tanh", "lecun_normal", depth: 4) }) {
      $0.giveWeights(of: ["dense_2"]) { draws, shape in
        let row = draws.normal(shape.columns, variance: 1 / Double(shape.fans.fanIn))
        return (0..<shape.rows).flatMap { _ in row }
      }
    },
    Mutation("biases of -8 before ReLU", rule: "dead-units", in: rectangular) { $0.giveBiases(-8) },
    Mutation("one weight that is not a number", rule: "non-finite", in: rectangular) { broken(&$0, .nan) },
    Mutation("one infinite weight", rule: "non-finite", in: rectangular) { broken(&$0, .infinity) },
    Mutation("recurrent weights of spectral radius 1.7", rule: "recurrent-gradients", in: orthogonalCell) {
      $0.network = try recurrent(1.7)
    },
    Mutation("recurrent weights of spectral radius 0.8", rule: "recurrent-gradients", in: orthogonalCell) {
      $0.network = try recurrent(0.8)
    },
    Mutation("attention without the skips around it", rule: "rank-collapse", in: { try attention(skips: true) }) {
      $0.network = try attention(skips: false).network
    },
    Mutation("a zero layer without a skip around it", rule: "dead-units", in: { try zeros(skip: true) }) {
      $0.network = try zeros(skip: false).network
    },
    Mutation("a slice of a sorted file: one class", rule: "nothing-to-learn", in: classifier) {
      $0.input = .samples(oneClass, .standardized)
    },
    Mutation("an output layer a hundred times too large", rule: "loss-at-start", in: classifier) {
      $0.giveWeights(of: ["dense_3"]) { draws, shape in draws.normal(shape.count, variance: 1e4 / Double(shape.fans.fanIn)) }
    },
  ]

  private static func attention(skips: Bool) throws -> AuditConfiguration {
    let network = try Network(input: .sequence(steps: 16, features: 32)) {
      for _ in 0..<6 {
        if skips {
          Residual { SelfAttention(heads: 4) }
        } else {
          SelfAttention(heads: 4)
        }
      }
      Dense(32)
    }
    return try audit(network, "glorot_uniform")
  }

  private static func zeros(skip: Bool) throws -> AuditConfiguration {
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .relu)
      if skip {
        Residual {
          Dense(64, activation: .relu)
          Dense(64, weights: .zeros)
        }
      } else {
        Dense(64, activation: .relu)
        Dense(64, weights: .zeros)
      }
      Dense(10)
    }
    return try audit(network, "he_normal")
  }

  @Sendable private static func orthogonalCell() throws -> AuditConfiguration {
    try audit(recurrent(1), "glorot_uniform")
  }

  private static func recurrent(_ gain: Double) throws -> Network {
    try Network(input: .sequence(steps: 60, features: 8)) {
      SimpleRNN(64, weights: .normal(std: 0.01), recurrent: .orthogonal(gain: gain))
      Dense(10)
    }
  }

  private static func broken(_ configuration: inout AuditConfiguration, _ value: Float) {
    configuration.giveWeights(of: ["dense_2"]) { draws, shape in
      var weights = draws.normal(shape.count, variance: 2 / Double(shape.fans.fanIn))
      weights[17] = value
      return weights
    }
  }

  /// A network that classifies real data, so that it has a loss.
  /// 40 samples of the first of ten classes.
  private static let oneClass = FeatureTable(
    name: "sorted.csv", values: (0..<40 * 64).map { Float(($0 * 7919) % 1013) }, features: 64,
    labels: [Int](repeating: 0, count: 40), classCount: 10)

  @Sendable private static func classifier() throws -> AuditConfiguration {
    var configuration = try audit(
      Network(input: .features(64)) {
        Dense(128, activation: .relu).repeated(2)
        Dense(10, weights: .lecunNormal)
      }, "he_normal")
    if let digits = try DataSource(parsing: "digits").load() {
      configuration.input = .samples(digits, .standardized)
      configuration.backward = .crossEntropy
    }
    return configuration
  }

  /// Mistakes that exceed what 16 bits can hold.
  static let formats: [Mutation] = [
    declared(
      "activations that double a layer, in float16", "float16-range", "relu", "he_normal",
      "variance_scaling(scale=8,mode=fan_in,distribution=normal)", depth: 20),
    declared("activations that leave bfloat16", "bfloat16-range", "relu", "he_normal", "normal(std=20)", depth: 24),
    declared("activations that leave float32", "float32-range", "relu", "he_normal", "normal(std=20)", depth: 24),
    declared("a layer that float32 loses", "float32-range", "relu", "he_normal", "normal(std=0.0001)", depth: 20),
    Mutation(
      "gradients that float16 loses without a loss scale", rule: "float16-range", severity: .note,
      in: { try deep("relu", "he_normal", depth: 6) }
    ) { configuration in
      let small = try Initializer(parsing: "normal(std=1e-5)")
      configuration.network = try Network(input: .features(128)) {
        Dense(128, activation: .relu).repeated(6)
        Dense(10, weights: small)
      }
    },
  ]
}
