extension InitializerEntry {
  static let dirac = InitializerEntry(
    name: "dirac",
    summary: "A convolution that passes its input through: 1 at the centre tap of each channel, group by group.",
    variance: "p (1 - p), p the share of ones", distribution: "deterministic",
    source: "Zagoruyko and Komodakis 2017 (DiracNets)"
  ) { _, _ in .dirac }
}

extension Initializer {
  /// A convolution kernel that passes its input through unchanged.
  public static let dirac = Initializer(.dirac)
}
