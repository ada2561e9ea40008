import NetworkGraph

/// A penalty on large weights: `l1 sum |w| + l2 sum w^2` is added to the loss, as in Keras. Biases and gains have none.
public struct Penalty: Choice {
  public static let title = "penalty"
  public let name: String
  public let arguments: Arguments

  public init(name: String, arguments: Arguments) {
    self.name = name
    self.arguments = arguments
  }

  private static func weight(_ name: String, _ value: Double, _ meaning: String) -> Parameter {
    Parameter(name, .number(default: value, in: 0...1e6), meaning)
  }

  public static let catalogue = [
    ChoiceEntry(name: "l1", parameters: [weight("l1", 0.01, "cost of a magnitude")], summary: "Cost of magnitudes."),
    ChoiceEntry(name: "l2", parameters: [weight("l2", 0.01, "cost of a square")], summary: "Cost of squares."),
    ChoiceEntry(
      name: "l1l2",
      parameters: [weight("l1", 0.01, "cost of a magnitude"), weight("l2", 0.01, "cost of a square")],
      summary: "Cost of both."),
  ]

  public var l1: Double { arguments.numbers["l1"] ?? 0 }
  public var l2: Double { arguments.numbers["l2"] ?? 0 }

  public static func l1(_ cost: Double) -> Penalty { make("l1", ["l1": cost]) }
  public static func l2(_ cost: Double) -> Penalty { make("l2", ["l2": cost]) }
  public static func l1l2(_ l1: Double, _ l2: Double) -> Penalty { make("l1l2", ["l1": l1, "l2": l2]) }
}

/// Gradient clipping, which limits the length of a step.
public struct Clipping: Choice {
  public static let title = "clipping"
  public let name: String
  public let arguments: Arguments

  public init(name: String, arguments: Arguments) {
    self.name = name
    self.arguments = arguments
  }

  private static func limit(_ meaning: String) -> Parameter {
    Parameter("limit", .number(default: 1, in: .leastNonzeroMagnitude...1e30), meaning)
  }

  public static let catalogue = [
    ChoiceEntry(
      name: "norm", parameters: [limit("the norm that the gradient of all parameters may have")],
      summary: "The whole gradient is scaled down to a norm (Pascanu 2013, algorithm 1)."),
    ChoiceEntry(
      name: "value", parameters: [limit("the magnitude that one component may have")],
      summary: "Every component is cut at a magnitude."),
  ]

  public static func norm(_ limit: Double) -> Clipping { make("norm", ["limit": limit]) }
  public static func value(_ limit: Double) -> Clipping { make("value", ["limit": limit]) }
}
