import InitScope

extension Mutation {
  /// Weights with another variance than declared. He's is declared on ReLU unless said otherwise.
  static let variances: [Mutation] = [
    variance("fan_out for fan_in", cause: "fan_out for fan_in") { 2 / Double($0.fans.fanOut) },
    variance("average of the fans for fan_in", cause: "average for fan_in") { 4 / Double($0.fans.fanIn + $0.fans.fanOut) },
    variance("gain forgotten (1/fan_in for He)", cause: "gain forgotten") { 1 / Double($0.fans.fanIn) },
    variance("gain not squared", cause: "gain not squared") { 2.0.squareRoot() / Double($0.fans.fanIn) },
    variance("Glorot drawn where He is declared", cause: "glorot") { 2 / Double($0.fans.fanIn + $0.fans.fanOut) },
    variance("transposed fans of convolutions", cause: "fan_out for fan_in", in: convolutional) {
      2 / Double($0.fans.fanOut)
    },
    variance("receptive field forgotten", cause: "receptive field forgotten", in: convolutional) {
      2 / Double($0.inputs / $0.groups)
    },
    variance("groups forgotten", cause: "groups forgotten", in: convolutional) {
      2 / Double($0.inputs * $0.receptiveField)
    },
    variance("kernel order taps, inputs, outputs read as outputs, inputs, taps", cause: "kernel layout", in: convolutional) {
      2 / Double(($0.taps.last ?? 1) * $0.inputs / $0.groups * ($0.taps.isEmpty ? 1 : $0.outputs / $0.groups))
    },
    variance("variance used as standard deviation", cause: "variance used as standard deviation") {
      4 / Double($0.fans.fanIn * $0.fans.fanIn)
    },
    variance("standard deviation used as variance", cause: "standard deviation used as variance") {
      (2 / Double($0.fans.fanIn)).squareRoot()
    },
    variance("uniform bound used as standard deviation", cause: "uniform bound used as standard deviation") {
      6 / Double($0.fans.fanIn)
    },
    Mutation(
      "PyTorch's default where he_uniform is declared", rule: "weight-variance", cause: "PyTorch's default",
      in: { try rectangular("he_uniform") }
    ) { configuration in
      configuration.giveWeights { draws, shape in
        let bound = 1 / Double(shape.fans.fanIn).squareRoot()
        return draws.uniform(shape.count, low: -bound, high: bound)
      }
    },
    Mutation(
      "truncated normal without correction", rule: "weight-variance", cause: "missing truncation correction",
      in: { try rectangular("keras.he_normal") }
    ) { configuration in
      configuration.giveWeights { draws, shape in
        draws.truncated(shape.count, std: (2 / Double(shape.fans.fanIn)).squareRoot())
      }
    },
    Mutation(
      "standard deviation used as uniform bound", rule: "weight-variance", cause: "standard deviation used as uniform bound",
      in: { try rectangular("he_uniform") }
    ) { configuration in
      configuration.giveWeights { draws, shape in
        let bound = (2 / Double(shape.fans.fanIn)).squareRoot()
        return draws.uniform(shape.count, low: -bound, high: bound)
      }
    },
    Mutation("zeros in one layer", rule: "weight-variance", cause: "zeros", in: rectangular) { configuration in
      configuration.giveWeights(of: ["dense_2"]) { _, shape in Array(repeating: 0, count: shape.count) }
    },
    Mutation("weights loaded as zeros everywhere", rule: "weight-variance", cause: "zeros", in: rectangular) {
      configuration in
      configuration.giveWeights { _, shape in Array(repeating: 0, count: shape.count) }
    },
    Mutation("one constant for all weights of a layer", rule: "weight-variance", cause: "constant", in: rectangular) {
      $0.giveWeights(of: ["dense_2"]) { _, shape in Array(repeating: 0.01, count: shape.count) }
    },
  ]

  private static func variance(
    _ name: String, cause: String, in healthy: @escaping @Sendable () throws -> AuditConfiguration = rectangular,
    _ variance: @escaping @Sendable (WeightShape) -> Double
  ) -> Mutation {
    Mutation(name, rule: "weight-variance", cause: cause, in: healthy) { configuration in
      configuration.giveWeights { draws, shape in draws.normal(shape.count, variance: variance(shape)) }
    }
  }
}
