import Glibc
import NetworkGraph

/// How the learning rate changes during training, as a factor on the optimizer's own.
public struct Schedule: Choice {
  public static let title = "schedule"
  public let name: String
  public let arguments: Arguments

  public init(name: String, arguments: Arguments) {
    self.name = name
    self.arguments = arguments
  }

  public static let catalogue = [
    ChoiceEntry(name: "constant", parameters: [], summary: "The same rate throughout."),
    ChoiceEntry(
      name: "step",
      parameters: [
        Parameter("every", .integer(default: 10, in: 1...1_000_000), "epochs between two changes"),
        Parameter("factor", .number(default: 0.1, in: 0...1), "what each change multiplies by"),
      ], summary: "The rate is multiplied by a factor after every so many epochs."),
    ChoiceEntry(
      name: "cosine", parameters: [Parameter("final", .number(default: 0, in: 0...1), "the factor at the end")],
      summary: "From 1 to the final factor along half a cosine, step by step (Loshchilov and Hutter 2017)."),
  ]

  public static let constant = make("constant")
  public static func step(every epochs: Int, factor: Double = 0.1) -> Schedule {
    make("step", ["every": Double(epochs), "factor": factor])
  }
  public static func cosine(final: Double = 0) -> Schedule { make("cosine", ["final": final]) }

  /// Whether the rate of a step depends on how many steps there will be: a training cannot be made longer then.
  var dependsOnLength: Bool { name == "cosine" }

  /// The factor at a step, counted from 0, of `total` steps in epochs of `stepsPerEpoch`.
  func factor(step: Int, total: Int, stepsPerEpoch: Int) -> Double {
    switch name {
    case "step": return pow(arguments.number("factor"), Double(step / stepsPerEpoch / arguments.integer("every")))
    case "cosine":
      let final = arguments.number("final")
      return final + (1 - final) * (1 + cos(.pi * Double(step) / Double(max(1, total)))) / 2
    default: return 1
    }
  }
}
