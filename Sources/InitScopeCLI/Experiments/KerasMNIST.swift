import InitScope

/// He normal against Keras's default on three small classifiers.
struct KerasMNIST: Experiment {
  let name = "keras-mnist"
  let summary = "784-64-32-10 and two relatives under he_normal and glorot_uniform: is one better?"
  let source = "the Keras tutorial on kernel initializers; He 2015; Glorot and Bengio 2010"
  let original =
    "One run each of 784-64-32-10 on MNIST: validation accuracy 0.9632 with he_normal, 0.9616 with glorot_uniform, "
    + "called an improvement."
  let seeds = 5
  let data = ExperimentData.images(original: "MNIST")
  /// What the original reports.
  static let reported = (he: 0.9632, glorot: 0.9616)

  private struct Variant {
    var name: String
    var hidden: [Int]
    var penalties: [(layer: String?, penalty: Penalty)] = []
  }

  private static let variants = [
    Variant(name: "64-32", hidden: [64, 32]),
    Variant(
      name: "300-100, L1 and L2", hidden: [300, 100],
      penalties: [("dense_1", .l2(1e-4)), ("dense_2", .l1l2(1e-5, 1e-4))]),
    Variant(name: "100", hidden: [100]),
  ]

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splits = try context.images(), set = splits.training
    let data =
      try context.isQuick
      ? context.images(splits, count: 1_000, validation: 500, scaling: .unit)
      : TrainingData(
        splits.training, test: splits.test, validation: .samples(min(5_000, set.count / 5)), scaling: .unit,
        seed: context.seed)
    var trained = data
    // The original judges by validation accuracy; a test set would only cost time.
    trained.test = nil
    let initializers = try Initializer.list(parsing: "keras.he_normal,keras.glorot_uniform")
    let output = try Initializer(parsing: "keras.glorot_uniform")
    let names = ["he_normal", "glorot_uniform"]
    let epochs = context.size(10, quick: 2)
    var report = context.report(self, data: context.dataText(splits, trained, original: "MNIST"))
    report.notes.append(
      "ReLU, softmax, SGD of rate 0.01, batch 32, \(ExperimentText.epochs(epochs)), pixels from 0 to 1. The output layer "
        + "keeps Keras's default in both. Seeds draw weights and the order of samples; the validation set is one.")
    var panels: [CurveChart.Panel] = [], sections: [DotChart.Section] = []
    for variant in Self.variants {
      let network = try Network(name: variant.name, input: .features(set.featureCount)) {
        for units in variant.hidden { Dense(units, activation: .relu) }
        Dense(set.classCount ?? 10, weights: output)
      }
      var configuration = context.configuration(network, initializers, trained)
      configuration.epochs = epochs
      configuration.batch = 32
      configuration.optimizer = .sgd(learningRate: 0.01)
      configuration.penalties = variant.penalties
      let runs = try context.train(configuration, variant.name)
      let groups = names.indices.map { Array(runs[($0 * context.seeds)..<(($0 + 1) * context.seeds)]) }
      let scores = names.indices.map { index in
        ExperimentReport.Score(
          group: variant.name, name: names[index], quantity: "validation accuracy",
          values: groups[index].map(\.lastValidationAccuracy))
      }
      report.scores += scores
      report.conclusions.append(ExperimentText.sentence(scores[0], scores[1], tests: Self.variants.count))
      panels.append(
        CurveChart.Panel(
          variant.name, x: "epoch", y: "validation accuracy",
          names.indices.map {
            .epochs(names[$0], .categorical($0), groups[$0], within: TrainingReport.Estimate.accuracies) {
              $0.validationAccuracy
            }
          }))
      sections.append(
        DotChart.Section(variant.name, names.indices.map { DotChart.Row(scores[$0], .categorical($0)) }))
    }
    report.tables.append(ExperimentText.table("Validation accuracy after \(ExperimentText.epochs(epochs))", report.scores))
    if let note = ExperimentText.multiplicity(Self.variants.count) { report.notes.append(note) }
    report.conclusions.append(verdict(report))
    let lines = [
      report.data, "\(context.scatterText)",
    ]
    return ExperimentOutcome(
      report: report,
      pictures: [
        (
          "curves.png",
          { try CurveChart("Validation accuracy by epoch", lines: lines, panels: panels).render(context.origin) }
        ),
        (
          "accuracy.png",
          {
            try DotChart("Validation accuracy after training", lines: lines, x: "validation accuracy", sections: sections)
              .render(context.origin)
          }
        ),
      ])
  }

  /// Whether the original's single pair of runs says anything, by what pairs of runs differ here.
  private func verdict(_ report: ExperimentReport) -> String {
    let claim = Self.reported.he - Self.reported.glorot
    guard let c = ExperimentText.compare(report.scores[0].values, report.scores[1].values, tests: Self.variants.count),
      let deviation = c.deviation, deviation > 0, c.bounds != nil
    else {
      return
        "Fewer than three seeds cannot tell whether the original's difference of "
        + "\(ExperimentText.signed(claim)) is an improvement."
    }
    let ratio = claim / deviation
    return
      "The original's difference of \(ExperimentText.signed(claim)) comes from one pair of runs. Here the differences of "
      + "pairs of 784-64-32-10 deviate by \(ExperimentText.number(deviation)) from seed to seed, so that its claim is "
      + "\(ExperimentText.number(ratio, 1)) deviations of a single pair: "
      + (ratio < 2 ? "one pair cannot carry it. " : "more than chance alone usually makes. ")
      + (c.isShown
        ? c.mean > 0
          ? "On this data he_normal is an improvement all the same." : "On this data he_normal is the worse of the two."
        : "On this data no improvement is shown.")
  }
}
