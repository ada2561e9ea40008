extension InitializerEntry {
  static let heNormal = InitializerEntry(
    name: "he_normal", aliases: ["kaiming_normal"],
    summary: "Normal that keeps the second moment of a ReLU layer.", variance: "2 / fanIn", source: "He 2015, section 2.2"
  ) { _, shape in
    .normal(mean: 0, std: (2 / Double(shape.fans.fanIn)).squareRoot())
  }
}
