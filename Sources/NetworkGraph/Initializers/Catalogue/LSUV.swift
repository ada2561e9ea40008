extension InitializerEntry {
  static let lsuv = InitializerEntry(
    name: "lsuv", aliases: ["layer_sequential_unit_variance"],
    parameters: [
      Parameter(
        "tolerance", .number(default: 0.1, in: .leastNonzeroMagnitude...1e100),
        "accepted distance of the output variance from 1"),
      Parameter("attempts", .integer(default: 10, in: 1...1000), "largest number of rescalings of one layer"),
    ],
    summary: "Orthonormal, then each layer in turn divided by the deviation of its output until that is about 1.",
    variance: "set by the data", distribution: "scaled Haar measure", source: "Mishkin and Matas 2016, algorithm 1"
  ) { arguments, _ in
    .dataDependent(.lsuv(tolerance: arguments.number("tolerance"), attempts: arguments.integer("attempts")))
  }
}

extension Initializer {
  /// Layer-sequential unit variance (LSUV): scales each layer to unit output variance, with the paper's tolerance 0.1 and 10
  /// attempts.
  public static let lsuv = Initializer(.lsuv)

  /// Layer-sequential unit variance (LSUV) with a tolerance and a number of attempts of your choice.
  public static func lsuv(tolerance: Double, attempts: Int = 10) -> Initializer {
    Initializer(.lsuv, numbers: ["tolerance": tolerance, "attempts": Double(attempts)])
  }
}
