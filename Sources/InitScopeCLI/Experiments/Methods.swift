import Foundation
import InitScope

/// Seven ways to start one small regression network.
struct Methods: Experiment {
  let name = "methods"
  let summary = "5-10-1 on 100 samples under seven ways to start, batch normalization among them."
  let source = "the textbook comparison of initialization methods; Saxe 2014; Mishkin and Matas 2016; Ioffe and Szegedy 2015"
  let original = "100 random samples, whose answers are noise: losses after 10 epochs side by side, one run each."
  let seeds = 50
  let data = ExperimentData.fixed("100 random samples")

  private struct Method {
    var name: String
    var initializer: Initializer
    var activation: Activation = .relu
    var isNormalized = false
  }
  private static let methods = [
    Method(name: "zeros", initializer: .zeros), Method(name: "normal(std=0.05)", initializer: .normal(std: 0.05)),
    Method(name: "glorot_normal, tanh", initializer: .glorotNormal, activation: .tanh),
    Method(name: "he_normal", initializer: .heNormal),
    Method(name: "orthogonal, tanh", initializer: .orthogonal, activation: .tanh), Method(name: "lsuv", initializer: .lsuv),
    Method(name: "he_normal, batch norm", initializer: .heNormal, isNormalized: true),
  ]

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let epochs = context.size(10, quick: 3)
    var report = context.report(
      self,
      data:
        "100 samples of 5 features uniform on [0, 1), answers uniform noise; and 100 of synthetic:regression, a linear "
        + "function"
    )
    report.notes.append(
      "ReLU unless tanh is named, Adam of rate 0.001, batches of 32, mean squared error, \(ExperimentText.epochs(epochs)). "
        + "Losses are of the last epoch's batches as they were trained on. The original's answers do not depend on the "
        + "inputs, so that nothing better than their mean can be learnt. The second task has answers that can be learnt.")
    var panels: [CurveChart.Panel] = []
    for task in try tasks(context) {
      var series: [CurveChart.Series] = [], scores: [ExperimentReport.Score] = []
      for (index, method) in Self.methods.enumerated() {
        let network = try Network(name: "5-10-1", input: .features(5)) {
          if method.isNormalized {
            Dense(10)
            BatchNorm(activation: method.activation)
          } else {
            Dense(10, activation: method.activation)
          }
          Dense(1)
        }
        var configuration = context.configuration(network, [method.initializer], task.data)
        configuration.loss = .meanSquaredError
        configuration.optimizer = .adam()
        configuration.epochs = epochs
        configuration.batch = 32
        configuration.traces = 1
        let runs = try context.train(configuration, "\(task.name), \(method.name)")
        scores.append(.init(group: task.name, name: method.name, quantity: "training loss", values: runs.map(\.lastLoss)))
        series.append(.epochs(method.name, .categorical(index), runs, within: TrainingReport.Estimate.losses) { $0.loss })
      }
      report.scores += scores
      report.tables.append(
        ExperimentText.table(
          "\(task.name): training loss in epoch \(epochs); the answers' variance is \(ExperimentText.number(task.variance))",
          scores))
      report.conclusions += conclusions(scores, task.variance, task.name)
      var panel = CurveChart.Panel(task.name, x: "epoch", y: "training loss", series)
      let means = scores.compactMap { $0.estimate?.mean }
      panel.yIsLogarithmic = (means.max() ?? 1) > 5 * (means.min() ?? 1)
      panel.levels = [(task.variance, "best constant")]
      panels.append(panel)
    }
    let lines = ["5 inputs, 10 hidden units, 1 output; \(context.scatterText)"]
    let chart = CurveChart("Seven ways to start a small regression network", lines: lines, panels: panels)
    return ExperimentOutcome(report: report, pictures: [("loss.png", { try chart.render(context.origin) })])
  }

  private func tasks(_ context: ExperimentContext) throws -> [(name: String, data: TrainingData, variance: Double)] {
    var generator = SplitMix64(seed: context.seed)
    let noise = SampleTable(
      values: (0..<500).map { _ in Float.random(in: 0..<1, using: &generator) }, features: 5,
      targets: (0..<100).map { _ in Float.random(in: 0..<1, using: &generator) })
    let linear = SyntheticSet.regression.splits(seed: context.seed, length: 2).training
    return [("noise", noise), ("linear", SampleTable(linear, scaling: .raw))].map { name, table in
      let targets = table.targets.map(Double.init), mean = Estimators.mean(targets)
      let variance = Estimators.mean(targets.map { ($0 - mean) * ($0 - mean) })
      return (name, TrainingData(name: name, training: table), variance)
    }
  }

  private func conclusions(_ scores: [ExperimentReport.Score], _ variance: Double, _ task: String) -> [String] {
    let ranked = scores.indices.filter { scores[$0].estimate != nil }
      .sorted { (scores[$0].estimate?.mean ?? 0) < (scores[$1].estimate?.mean ?? 0) }
    guard let best = ranked.first else { return ["\(task): every run diverged."] }
    let tests = scores.count - 1
    let tied = ranked.dropFirst().filter {
      !(ExperimentText.compare(scores[$0].values, scores[best].values, tests: tests)?.isShown ?? false)
    }
    let lowest = scores[best].estimate.map { ExperimentText.number($0.mean) } ?? "-"
    let below = ranked.filter { index in
      scores[index].estimate.map { ($0.interval?[1] ?? $0.highest) < variance } ?? false
    }
    return [
      "\(task): the lowest loss is \(scores[best].name)'s, \(lowest); "
        + (tied.isEmpty
          ? "every other is shown to be higher"
          : "not shown to be higher: " + tied.map { scores[$0].name }.joined(separator: ", "))
        + " (paired tests, p < \(ExperimentText.number(ExperimentText.falseAlarm / Double(tests)))).",
      "\(task): \(below.count) of \(scores.count) methods end surely below the best constant answer"
        + (below.isEmpty
          ? ": after so few steps they have not yet found the mean."
          : ": " + below.map { scores[$0].name }.joined(separator: ", ") + "."),
    ]
  }
}
