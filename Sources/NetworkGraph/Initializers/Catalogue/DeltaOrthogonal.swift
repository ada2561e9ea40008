extension InitializerEntry {
  static let deltaOrthogonal = InitializerEntry(
    name: "delta_orthogonal", parameters: [.gain],
    summary: "A kernel that is zero but for its centre tap, where channels mix by a Haar-distributed orthogonal matrix.",
    variance: "gain^2 min(inputs, outputs) / count in each group", distribution: "Haar measure at the centre tap",
    source: "Xiao 2018 (delta-orthogonal kernels)"
  ) { arguments, _ in
    .deltaOrthogonal(gain: arguments.number("gain"))
  }
}

extension Initializer {
  /// A convolution kernel that is an orthogonal matrix at its centre and zero elsewhere.
  public static let deltaOrthogonal = Initializer(.deltaOrthogonal)

  /// A convolution kernel that is an orthogonal matrix times `gain` at its centre and zero elsewhere.
  public static func deltaOrthogonal(gain: Double) -> Initializer {
    Initializer(.deltaOrthogonal, numbers: ["gain": gain])
  }
}
