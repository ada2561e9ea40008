import InitScope
import NumberText

/// The irises in PyTorch's and in Keras's variant, and which of their differences explains the results.
struct IrisExperiment: Experiment {
  let name = "iris"
  let summary =
    "4-64-32-3 on the irises as in PyTorch and as in Keras, over splits and seeds, and what makes the difference."
  let source = "the PyTorch and Keras tutorials on He and Xavier initialization; Fisher 1936"
  let original = "One run each: test accuracy 0.9667 in PyTorch (29 of 30), 0.8333 in Keras (25 of 30)."
  let seeds = 5
  let data = ExperimentData.fixed("the irises")
  static let reported = (torch: 0.9667, keras: 0.8333)

  /// One way to train: the three things in which the two programs differ.
  private struct Recipe: Hashable {
    var isFullBatch: Bool
    var isFast: Bool
    var hasTorchBiases: Bool
    var name: String {
      "\(isFullBatch ? "full batch" : "batch 32"), rate \(isFast ? "0.01" : "0.001"), "
        + (hasTorchBiases ? "random biases" : "zero biases")
    }
    static let torch = Recipe(isFullBatch: true, isFast: true, hasTorchBiases: true)
    static let keras = Recipe(isFullBatch: false, isFast: false, hasTorchBiases: false)
    static var all: [Recipe] {
      [true, false].flatMap { full in
        [true, false].flatMap { fast in
          [true, false].map { Recipe(isFullBatch: full, isFast: fast, hasTorchBiases: $0) }
        }
      }
    }
  }

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splitCount = context.size(100, quick: 4)
    var results: [Recipe: [[Double]]] = [:]
    for split in 0..<splitCount {
      let seed = context.seed &+ UInt64(split)
      guard let splits = try DataSource.iris.loadSplits(LoadingOptions(seed: seed)), let test = splits.test else { continue }
      let data = TrainingData(
        name: "iris", training: SampleTable(splits.training, scaling: .standardized),
        validation: SampleTable(test, scaling: .standardized))
      for recipe in Recipe.all {
        let bias: Initializer = recipe.hasTorchBiases ? .torchLinearBias : .zeros
        let network = try Network(name: "4-64-32-3", input: .features(4)) {
          Dense(64, activation: .relu, bias: bias)
          Dense(32, activation: .relu, bias: bias)
          Dense(3, weights: .glorotNormal, bias: bias)
        }
        var configuration = context.configuration(network, [.heNormal], data)
        configuration.seed = seed
        configuration.epochs = 10
        configuration.batch = recipe.isFullBatch ? data.training.count : 32
        configuration.optimizer = .adam(learningRate: recipe.isFast ? 0.01 : 0.001)
        configuration.traces = 1
        let runs = try context.train(configuration, "split \(split + 1) of \(splitCount)")
        results[recipe, default: []].append(runs.map { $0.lastValidationAccuracy ?? 0 })
      }
    }
    var report = context.report(
      self, data: "irises, standardized, 120 to train on and 30 to test, \(splitCount) stratified splits")
    report.notes.append(
      "He normal in the hidden layers, Xavier normal in the last, ReLU, Adam, 10 epochs. Each split is trained from "
        + "\(context.seeds) seeds. Intervals are Student's over the splits' means, since seeds of one split share its "
        + "test set. "
        + "Keras's truncation of normals is left out.")
    func means(_ recipe: Recipe) -> [Double] { (results[recipe] ?? []).map(Estimators.mean) }
    func all(_ recipe: Recipe) -> [Double] { (results[recipe] ?? []).flatMap(\.self) }
    let scores = Recipe.all.map {
      ExperimentReport.Score(name: $0.name, quantity: "test accuracy, split means", values: means($0))
    }
    report.scores = scores
    var rows: [[String]] = []
    for (index, recipe) in Recipe.all.enumerated() {
      let runs = all(recipe), estimate = scores[index].estimate
      var row: [String] = [recipe.name, recipe.isFullBatch ? "10" : "40"]
      row.append(estimate.map { ExperimentText.number($0.mean) } ?? "-")
      row.append(ExperimentText.interval(estimate))
      row.append(ExperimentText.number(Estimators.quantile(0.05, of: runs)))
      row.append(ExperimentText.number(Estimators.quantile(0.95, of: runs)))
      rows.append(row)
    }
    report.tables.append(
      ExperimentReport.Table(
        "Test accuracy after 10 epochs", ["recipe", "steps", "mean", "95% interval", "5% of runs below", "95% below"], rows))
    // Factors: what one change does, averaged over the four settings of the other two.
    func effect(_ applies: (Recipe) -> Bool, _ change: (inout Recipe) -> Void) -> [Double] {
      var sums = [Double](repeating: 0, count: splitCount)
      for recipe in Recipe.all where applies(recipe) {
        var other = recipe
        change(&other)
        let with = means(recipe), without = means(other)
        for split in 0..<min(with.count, without.count) { sums[split] += (with[split] - without[split]) / 4 }
      }
      return sums
    }
    let batch: [Double] = effect({ $0.isFullBatch }, { $0.isFullBatch = false })
    let rate: [Double] = effect({ $0.isFast }, { $0.isFast = false })
    let bias: [Double] = effect({ $0.hasTorchBiases }, { $0.hasTorchBiases = false })
    let effects: [(name: String, values: [Double])] = [
      ("full batch, 10 steps, in place of batches of 32, 40 steps", batch), ("rate 0.01 in place of 0.001", rate),
      ("PyTorch's random biases in place of zeros", bias),
    ]
    report.tables.append(
      ExperimentReport.Table(
        "What each difference does to the accuracy, the other two averaged over",
        ["difference", "effect", "95% interval", "p"],
        effects.map { item -> [String] in
          let estimate = TrainingReport.Estimate(item.values)
          return [
            item.name, estimate.map { ExperimentText.signed($0.mean) } ?? "-", ExperimentText.interval(estimate),
            // A quick run tests nothing.
            (context.isQuick ? nil : Estimators.pairedStudent(item.values)).map { ExperimentText.probability($0) } ?? "-",
          ]
        }))
    report.conclusions = conclusions(torch: all(.torch), keras: all(.keras), effects: effects)
    report.conclusions.insert(
      ExperimentText.sentence(
        .init(name: "PyTorch's recipe", quantity: "test accuracy", values: means(.torch)),
        .init(name: "Keras's", quantity: "test accuracy", values: means(.keras)), unit: "splits"), at: 0)
    let line =
      "irises, \(splitCount) splits x \(context.seeds) seeds; larger dots: more runs; bar: 95% interval of the mean over "
      + "splits\(context.isQuick ? " · quick run" : "")"
    var dots: [DotChart.Row] = []
    for (index, recipe) in Recipe.all.enumerated() {
      let mark = recipe == .torch ? " (PyTorch)" : recipe == .keras ? " (Keras)" : ""
      dots.append(
        DotChart.Row(
          recipe.name + mark, .categorical(recipe.isFast ? 0 : 1), all(recipe),
          interval: ExperimentText.band(scores[index].estimate)))
    }
    let sections = [DotChart.Section("test accuracy of 30 irises", dots)]
    return ExperimentOutcome(
      report: report,
      pictures: [
        (
          "accuracy.png",
          {
            try DotChart(
              "The irises under eight recipes", lines: [line], x: "test accuracy", sections: sections,
              references: [
                (Self.reported.torch, "PyTorch's report, 0.9667"), (Self.reported.keras, "Keras's report, 0.8333"),
              ]
            ).render(context.origin)
          }
        )
      ])
  }

  private func conclusions(torch: [Double], keras: [Double], effects: [(name: String, values: [Double])]) -> [String] {
    // Half a flower: accuracies are multiples of 1/30, and the reports are rounded.
    func atLeast(_ values: [Double], _ level: Double) -> Double {
      Double(values.count { $0 > level - 0.5 / 30 }) / Double(values.count)
    }
    let ranked = effects.map { ($0.name, Estimators.mean($0.values)) }.sorted { abs($0.1) > abs($1.1) }
    let total = ranked.reduce(0) { $0 + abs($1.1) }
    let reached = TableNumber.percent(atLeast(torch, Self.reported.torch))
    let missed = TableNumber.percent(1 - atLeast(keras, Self.reported.keras + 1.0 / 30))
    let error = ExperimentText.number((Self.reported.keras * (1 - Self.reported.keras) / 30).squareRoot(), 3)
    let share = TableNumber.percent(total > 0 ? abs(ranked[0].1) / total : 0)
    let second = ranked[1].0.prefix(1).uppercased() + ranked[1].0.dropFirst()
    return [
      "PyTorch's 0.9667 or better comes in \(reached) of the runs of its recipe; Keras's 0.8333 or worse in \(missed) of "
        + "the "
        + "runs of its own. One run of 30 flowers has a standard error of \(error) at 0.8333.",
      "The largest of the three differences is \(ranked[0].0): \(ExperimentText.signed(ranked[0].1)), \(share) of the "
        + "sum of the "
        + "three effects' sizes. \(second): \(ExperimentText.signed(ranked[1].1)); \(ranked[2].0): "
        + "\(ExperimentText.signed(ranked[2].1)). The initializers are the same in both.",
    ]
  }
}
