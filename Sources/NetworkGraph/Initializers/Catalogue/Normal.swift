extension InitializerEntry {
  static let normal = InitializerEntry(
    name: "normal", aliases: ["gaussian"], parameters: [.std(1), .mean],
    summary: "Independent normals of one variance, whatever the layer's size.",
    variance: "std^2", distribution: "normal", source: "Krizhevsky, Sutskever and Hinton 2012, section 5 (std 0.01)"
  ) { arguments, _ in
    .normal(mean: arguments.number("mean"), std: arguments.number("std"))
  }
}

extension Initializer {
  /// Standard normal weights: mean 0, deviation 1.
  public static let normal = Initializer(.normal)

  /// Normal weights with that standard deviation and mean.
  public static func normal(std: Double, mean: Double = 0) -> Initializer {
    Initializer(.normal, numbers: ["std": std, "mean": mean])
  }
}
