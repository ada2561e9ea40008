extension InitializerEntry {
  static let krahenbuhl = InitializerEntry(
    name: "krahenbuhl", aliases: ["data_dependent", "within_layer"],
    summary: "Normal, then each unit scaled and shifted until its pre-activation has mean 0 and variance 1 over the data; "
      + "embeddings, recurrent cells and attention stay as drawn.",
    variance: "set by the data", distribution: "normal, scaled by unit",
    source: "Krähenbühl, Doersch, Donahue and Darrell 2016, section 3.1"
  ) { _, _ in .dataDependent(.withinLayer) }
}

extension Initializer {
  /// Scales each unit to zero mean and unit variance over the data (Krähenbühl 2016).
  public static let krahenbuhl = Initializer(.krahenbuhl)
}
