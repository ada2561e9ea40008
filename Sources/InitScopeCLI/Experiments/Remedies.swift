import Foundation
import InitScope
import NumberText

/// A deep sigmoid network that does not train, and the textbook's cures.
struct Remedies: Experiment {
  let name = "remedies"
  let summary =
    "A deep sigmoid network that fails, and six cures one at a time and together: what the audit says, what training does."
  let source = "Glorot and Bengio 2010; He 2015; Ioffe and Szegedy 2015; He 2016; Pascanu 2013; any textbook's list of cures"
  let original = "A list of remedies for vanishing gradients, usually without saying which of them works alone."
  let seeds = 5
  let data = ExperimentData.images(original: "MNIST")

  private struct Remedy {
    var name: String
    var activation: Activation = .sigmoid
    var initializer: Initializer = .glorotUniform
    var isNormalized = false
    var isResidual = false
    var clipping: Clipping?
    var penalty: Penalty?
  }
  private static let remedies = [
    Remedy(name: "as it is"), Remedy(name: "ReLU", activation: .relu), Remedy(name: "He", initializer: .heNormal),
    Remedy(name: "batch normalization", isNormalized: true), Remedy(name: "residual connections", isResidual: true),
    Remedy(name: "gradient clipping", clipping: .norm(1)), Remedy(name: "L2", penalty: .l2(1e-4)),
    Remedy(name: "ReLU and He", activation: .relu, initializer: .heNormal),
    Remedy(
      name: "all together", activation: .relu, initializer: .heNormal, isNormalized: true, isResidual: true,
      clipping: .norm(1),
      penalty: .l2(1e-4)),
  ]
  private static let width = 64
  /// Validation accuracy that counts as trained: what the project's prediction of trainability is about.
  private static let trained = 0.6

  private func network(_ remedy: Remedy, depth: Int, inputs: Int, classes: Int) throws -> Network {
    @NetworkBuilder func layer() -> [any NetworkPart] {
      if remedy.isNormalized {
        Dense(Self.width)
        BatchNorm(activation: remedy.activation)
      } else {
        Dense(Self.width, activation: remedy.activation)
      }
    }
    return try Network(name: "\(depth) x \(Self.width)", input: .features(inputs)) {
      layer()
      for _ in 1..<depth {
        if remedy.isResidual { Residual { layer() } } else { layer() }
      }
      Dense(classes)
    }
  }

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splits = try context.images(), set = splits.training, classes = set.classCount ?? 10
    let data = context.images(
      splits, count: context.size(10_000, quick: 600), validation: context.size(2_000, quick: 200), scaling: .standardized)
    let depth = context.size(20, quick: 8), epochs = context.size(5, quick: 1)
    var report = context.report(self, data: context.dataText(splits, data, original: "MNIST"))
    report.notes.append(
      "\(depth) hidden layers of \(Self.width), sigmoid and glorot_uniform unless the cure changes them, SGD of rate "
        + "0.05, batch 64, "
        + "\(ExperimentText.epochs(epochs)). Clipping is to norm 1, L2 1e-4. Trained means a validation accuracy of "
        + "\(Self.trained) or more."
    )
    var rows: [[String]] = [], series: [CurveChart.Series] = [], profiles: [CurveChart.Series] = [], ratios: [Double] = []
    for (index, remedy) in Self.remedies.enumerated() {
      let network = try network(remedy, depth: depth, inputs: set.featureCount, classes: classes)
      let audit = try context.audit(
        AuditConfiguration(
          network: network, initializers: [remedy.initializer], input: .samples(set, .standardized), backward: .crossEntropy,
          batch: context.size(256, quick: 64), replicas: context.seeds, seed: context.seed, threads: context.threads,
          histograms: false), remedy.name)
      var configuration = context.configuration(network, [remedy.initializer], data)
      configuration.epochs = epochs
      configuration.batch = 64
      configuration.optimizer = .sgd(learningRate: 0.05)
      configuration.clipping = remedy.clipping
      configuration.penalties = remedy.penalty.map { [(nil, $0)] } ?? []
      configuration.traces = 1
      let runs = try context.train(configuration, remedy.name)
      let score = ExperimentReport.Score(
        name: remedy.name, quantity: "validation accuracy", values: runs.map(\.lastValidationAccuracy))
      report.scores.append(score)
      series.append(
        .epochs(remedy.name, .categorical(index), runs, within: TrainingReport.Estimate.accuracies) { $0.validationAccuracy }
      )
      let layers = audit.runs[0].layers, hidden = audit.runs[0].hiddenLayers
      let dense = layers.filter { $0.fanIn != nil }
      let gradients = dense.compactMap { $0.weightGradient?.log10SecondMoment }
      profiles.append(
        .init(remedy.name, .categorical(index), gradients.enumerated().map { .init(Double($0 + 1), pow(10, $1)) }))
      // Root mean squares: the first hidden layer's weight gradient over that of the output layer.
      let ends = [dense.first, dense.last].map { $0?.weightGradient?.log10SecondMoment }
      // A first layer without a gradient has none of the last one's.
      let ratio = ends[0].flatMap { first in ends[1].map { (first - $0) / 2 } } ?? -.infinity
      ratios.append(ratio)
      let cosine = hidden.last?.activation.cosineSimilarity
      rows.append([
        remedy.name, TableNumber.power(log10: ratio), cosine.map(TableNumber.cosine) ?? "-",
        score.estimate.map { ExperimentText.number($0.mean) } ?? "-", ExperimentText.interval(score.estimate),
        verdict(score),
      ])
    }
    report.tables.append(
      ExperimentReport.Table(
        "The audit before the first step, and training",
        [
          "cure", "first/last gradient", "cosine", "accuracy", context.seeds == 2 ? "both seeds" : "95% interval",
          "trained",
        ], rows))
    report.conclusions = conclusions(report.scores, ratios, classes: classes)
    let lines = [
      report.data,
      "\(depth) layers of \(Self.width) units, mean of \(context.seeds) seeds with its 95% "
        + "interval\(context.isQuick ? " · quick run" : "")",
    ]
    var training = CurveChart.Panel("training", x: "epoch", y: "validation accuracy", series)
    training.levels = [(1 / Double(classes), "chance"), (Self.trained, "trained")]
    var gradients = CurveChart.Panel(
      "the audit before the first step", x: "layer", y: "mean square of the weight gradient", profiles)
    gradients.yIsLogarithmic = true
    let panels = [gradients, training]
    return ExperimentOutcome(
      report: report,
      pictures: [
        (
          "remedies.png",
          { try CurveChart("One failing network and its cures", lines: lines, panels: panels).render(context.origin) }
        )
      ])
  }

  private func verdict(_ score: ExperimentReport.Score) -> String {
    let count = score.values.count { ($0 ?? 0) >= Self.trained }
    return "\(count) of \(score.values.count)"
  }

  private func conclusions(_ scores: [ExperimentReport.Score], _ ratios: [Double], classes: Int) -> [String] {
    func trains(_ index: Int) -> Bool { scores[index].values.allSatisfy { ($0 ?? 0) >= Self.trained } }
    func list(_ indices: [Int]) -> String {
      indices.isEmpty ? "none" : indices.map { scores[$0].name }.joined(separator: ", ")
    }
    let single = Array(1...6), cures = single.filter(trains), failures = single.filter { !trains($0) }
    let together = Array(7..<scores.count)
    let unchanged = single.filter { ratios[$0] == ratios[0] }
    // How well the audit's number alone would have sorted the networks.
    let working = scores.indices.filter(trains).map { ratios[$0] },
      failing = scores.indices.filter { !trains($0) }.map { ratios[$0] }
    let pairs = working.count * failing.count
    let sorted = working.reduce(0) { sum, ratio in sum + failing.count { $0 < ratio } }
    return [
      "As it is the network \(trains(0) ? "trains" : "does not train"): its first weight gradient is "
        + "\(TableNumber.power(log10: ratios[0])) of its last, "
        + "and it ends at \(scores[0].estimate.map { ExperimentText.number($0.mean) } ?? "no number"), chance being "
        + "\(ExperimentText.number(1 / Double(classes))).",
      "Alone, these train it in every seed: \(list(cures)). Alone, these do not: \(list(failures)).",
      "Of the combinations, these train it: \(list(together.filter(trains))).",
      unchanged.isEmpty
        ? "Every cure changes what the audit sees."
        : "\(list(unchanged)): nothing changes before the first step, and the audit says the same as of the network as "
          + "it is.",
      pairs == 0
        ? "All networks end alike, so that the audit has nothing to sort."
        : "The audit's ratio of gradients is larger in the network that trains than in the one that does not for "
          + "\(sorted) of \(pairs) such pairs.",
    ]
  }
}
