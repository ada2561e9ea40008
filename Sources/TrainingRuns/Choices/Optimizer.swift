import NetworkGraph

/// The optimizer: how a gradient becomes a step.
///
/// | name | step | source |
/// |---|---|---|
/// | `sgd` | `v = momentum v + g; w -= lr v` (Nesterov: `lr (g + momentum v)`) | Sutskever 2013, as PyTorch has it |
/// | `adam` | `w -= lr m' / (sqrt(v') + epsilon)`, `m'` and `v'` corrected for their start | Kingma and Ba 2015, algorithm 1 |
/// | `adamw` | the same, and `w -= lr decay w` | Loshchilov and Hutter 2019, algorithm 2 |
/// | `rmsprop` | `s = rho s + (1 - rho) g^2; w -= lr g / (sqrt(s) + epsilon)` | Tieleman and Hinton 2012 |
public struct Optimizer: Choice {
  public static let title = "optimizer"
  public let name: String
  public let arguments: Arguments

  public init(name: String, arguments: Arguments) {
    self.name = name
    self.arguments = arguments
  }

  private static func rate(_ value: Double) -> Parameter {
    Parameter("lr", .number(default: value, in: 0...1e6), "learning rate")
  }
  private static let means = [
    Parameter("beta1", .number(default: 0.9, in: 0...0.999999), "how much of the mean gradient stays"),
    Parameter("beta2", .number(default: 0.999, in: 0...0.9999999), "how much of the mean square stays"),
    Parameter("epsilon", .number(default: 1e-8, in: 0...1), "added to the deviation"),
  ]

  public static let catalogue = [
    ChoiceEntry(
      name: "sgd",
      parameters: [
        rate(0.01), Parameter("momentum", .number(default: 0, in: 0...0.999999), "how much of the velocity stays"),
        Parameter("nesterov", .choice(default: "false", of: ["false", "true"]), "whether to look ahead"),
      ], summary: "Stochastic gradient descent, with momentum where asked."),
    ChoiceEntry(name: "adam", parameters: [rate(0.001)] + means, summary: "Steps in units of the gradient's deviation."),
    ChoiceEntry(
      name: "adamw",
      parameters: [rate(0.001), Parameter("decay", .number(default: 0.01, in: 0...1e3), "weight decay per unit of rate")]
        + means, summary: "Adam with weight decay of its own."),
    ChoiceEntry(
      name: "rmsprop",
      parameters: [
        rate(0.001), Parameter("rho", .number(default: 0.9, in: 0...0.999999), "how much of the mean square stays"),
        Parameter("epsilon", .number(default: 1e-7, in: 0...1), "added to the deviation"),
      ], summary: "Gradients divided by their recent root mean square."),
  ]

  public var learningRate: Double { arguments.number("lr") }

  /// How many values the optimizer stores for each parameter.
  var slots: Int {
    switch name {
    case "sgd": arguments.number("momentum") > 0 ? 1 : 0
    case "rmsprop": 1
    default: 2
    }
  }

  public static func sgd(learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false) -> Optimizer {
    make("sgd", ["lr": learningRate, "momentum": momentum], ["nesterov": nesterov ? "true" : "false"])
  }
  public static func adam(learningRate: Double = 0.001) -> Optimizer { make("adam", ["lr": learningRate]) }
  public static func adamW(learningRate: Double = 0.001, decay: Double = 0.01) -> Optimizer {
    make("adamw", ["lr": learningRate, "decay": decay])
  }
  public static func rmsprop(learningRate: Double = 0.001) -> Optimizer { make("rmsprop", ["lr": learningRate]) }
}
