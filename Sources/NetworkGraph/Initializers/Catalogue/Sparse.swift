extension InitializerEntry {
  static let sparse = InitializerEntry(
    name: "sparse",
    parameters: [
      Parameter(
        "fraction", .number(default: 0.9, in: 0...1), "share of each column that is zero, rounded up to whole entries"),
      .std(0.01, "standard deviation of the entries that are not zero"),
    ],
    summary: "Normal with a fixed number of zeros, at random places, in the column of weights that leaves each input.",
    variance: "(1 - zeros / rows) std^2", distribution: "normal mixed with zeros",
    source: "Martens 2010, section 5"
  ) { arguments, tensor in
    .sparse(fraction: arguments.number("fraction"), std: arguments.number("std"), shape: tensor.shape)
  }
}

extension WeightLaw {
  /// The law of normal weights with `ceil(fraction * outputs)` zeros in each column, of each copy.
  static func sparse(fraction: Double, std: Double, shape: WeightShape) -> WeightLaw {
    .sparse(zerosPerColumn: Int((fraction * Double(shape.outputs)).rounded(.up)), std: std)
  }
}

extension Initializer {
  /// Normal weights with that fraction of zeros in each column.
  public static func sparse(fraction: Double, std: Double = 0.01) -> Initializer {
    Initializer(.sparse, numbers: ["fraction": fraction, "std": std])
  }
}
