extension InitializerEntry {
  static let identity = InitializerEntry(
    name: "identity", aliases: ["eye"], parameters: [.gain],
    summary: "Passes each input to the unit of its number, times gain; of a convolution the centre tap does.",
    variance: "gain^2 p (1 - p), p the share of ones", distribution: "deterministic",
    source: "Le, Jaitly and Hinton 2015 (IRNN)"
  ) { arguments, _ in
    .identity(gain: arguments.number("gain"))
  }
}

extension Initializer {
  /// The identity matrix.
  public static let identity = Initializer(.identity)

  /// The identity matrix times `gain`.
  public static func identity(gain: Double) -> Initializer { Initializer(.identity, numbers: ["gain": gain]) }
}
