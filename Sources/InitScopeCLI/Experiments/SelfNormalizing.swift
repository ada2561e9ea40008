import InitScope
import NumberText

/// SELU with LeCun normal against ReLU with He normal, with and without batch normalization, over depth.
struct SelfNormalizing: Experiment {
  let name = "self-normalizing"
  let summary = "SELU with lecun_normal against ReLU with he_normal, with and without batch normalization, 8 to 64 layers."
  let source = "Klambauer 2017, Self-normalizing neural networks; Ioffe and Szegedy 2015; He 2015"
  let original = "SELU keeps mean 0 and variance 1 through any depth and trains deep plain networks where ReLU does not."
  let seeds = 5
  let data = ExperimentData.images(original: "MNIST")

  private struct Kind {
    var name: String
    var activation: Activation
    var initializer: Initializer
    var isNormalized = false
  }
  private static let kinds = [
    Kind(name: "SELU, lecun_normal", activation: .selu, initializer: .lecunNormal),
    Kind(name: "ReLU, he_normal", activation: .relu, initializer: .heNormal),
    Kind(name: "ReLU, he_normal, batch norm", activation: .relu, initializer: .heNormal, isNormalized: true),
  ]
  private static let width = 64
  /// Each condition and depth is trained at both and judged by the better: what suits one stops another.
  private static let rates = [0.01, 0.001]

  private func network(_ kind: Kind, depth: Int, inputs: Int, classes: Int) throws -> Network {
    try Network(name: "\(depth) x \(Self.width)", input: .features(inputs)) {
      for _ in 0..<depth {
        if kind.isNormalized {
          Dense(Self.width)
          BatchNorm(activation: kind.activation)
        } else {
          Dense(Self.width, activation: kind.activation)
        }
      }
      Dense(classes, weights: .lecunNormal)
    }
  }

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splits = try context.images(), set = splits.training, classes = set.classCount ?? 10
    let data = context.images(
      splits, count: context.size(10_000, quick: 600), validation: context.size(2_000, quick: 200), scaling: .standardized)
    let depths = context.size([8, 16, 32, 64], quick: [8, 64]), epochs = context.size(3, quick: 1)
    var report = context.report(self, data: context.dataText(splits, data, original: "MNIST and UCI sets"))
    report.notes.append(
      "Width \(Self.width), SGD of momentum 0.9, batch 64, \(ExperimentText.epochs(epochs)), at rates 0.01 and 0.001: each "
        + "condition and depth is judged by the rate with the higher mean. The last layer is lecun_normal in all.")
    var byDepth: [[ExperimentReport.Score]] = []
    for depth in depths {
      byDepth.append(
        try Self.kinds.map { kind in
          let network = try network(kind, depth: depth, inputs: set.featureCount, classes: classes)
          let scores = try Self.rates.map { rate in
            var configuration = context.configuration(network, [kind.initializer], data)
            configuration.epochs = epochs
            configuration.batch = 64
            configuration.optimizer = .sgd(learningRate: rate, momentum: 0.9)
            configuration.traces = 1
            let runs = try context.train(configuration, "\(depth) layers, \(kind.name), rate \(rate)")
            return ExperimentReport.Score(
              group: "\(depth) layers", name: kind.name, quantity: "validation accuracy",
              values: runs.map(\.lastValidationAccuracy))
          }
          // A rate at which a run diverged is no choice where the other has none.
          func quality(_ score: ExperimentReport.Score) -> Double {
            score.values.contains { $0 == nil } ? -1 : score.estimate?.mean ?? -1
          }
          return quality(scores[0]) >= quality(scores[1]) ? scores[0] : scores[1]
        })
    }
    report.scores = byDepth.flatMap(\.self)
    report.tables.append(ExperimentText.table("Validation accuracy after \(ExperimentText.epochs(epochs))", report.scores))
    // What the audit sees through the deepest network before a step is taken: entries that carry an activation.
    let deepest = depths[depths.count - 1]
    let traces = try Self.kinds.map { kind -> [SignalSummary] in
      let audit = try context.audit(
        AuditConfiguration(
          network: try network(kind, depth: deepest, inputs: set.featureCount, classes: classes),
          initializers: [kind.initializer],
          input: .samples(set, .standardized), batch: context.size(256, quick: 64), replicas: context.seeds,
          seed: context.seed,
          threads: context.threads, histograms: false), kind.name)
      // With normalization its entries carry the activation, and they have no weights.
      return audit.runs[0].layers.dropLast().filter { ($0.fanIn == nil) == kind.isNormalized }.map(\.activation)
    }
    report.tables.append(
      ExperimentReport.Table(
        "Activations of \(deepest) layers before the first step",
        ["condition", "variance, layer 1", "last layer", "mean, last layer", "cosine of samples, last"],
        Self.kinds.indices.map { index in
          let first = traces[index].first, last = traces[index].last
          return [
            Self.kinds[index].name, first.map { TableNumber.significant($0.variance) } ?? "-",
            last.map { TableNumber.significant($0.variance) } ?? "-",
            last.map { TableNumber.significant($0.mean) } ?? "-", last?.cosineSimilarity.map(TableNumber.cosine) ?? "-",
          ]
        }))
    let tests = 2 * depths.count
    if let note = ExperimentText.multiplicity(tests) { report.notes.append(note) }
    for scores in byDepth {
      report.conclusions.append(ExperimentText.sentence(scores[0], scores[1], tests: tests))
      report.conclusions.append(ExperimentText.sentence(scores[0], scores[2], tests: tests))
    }
    report.conclusions += Self.kinds.indices.map { index in
      let first = byDepth[0][index].estimate?.mean, last = byDepth[byDepth.count - 1][index].estimate?.mean
      guard let first, let last else { return "\(Self.kinds[index].name): a depth at which every run diverged." }
      return
        "\(Self.kinds[index].name): from \(depths[0]) to \(deepest) layers the accuracy changes by "
        + "\(ExperimentText.signed(last - first))."
    }
    var accuracy = CurveChart.Panel(
      "after training", x: "hidden layers", y: "validation accuracy",
      Self.kinds.indices.map { index in
        .init(
          Self.kinds[index].name, .categorical(index),
          depths.indices.compactMap { row in
            byDepth[row][index].estimate.map {
              .init(Double(depths[row]), $0.mean, band: ExperimentText.band($0))
            }
          })
      })
    accuracy.levels = [(1 / Double(classes), "chance")]
    var variance = CurveChart.Panel(
      "before the first step, \(deepest) layers", x: "layer", y: "variance of the activations",
      Self.kinds.indices.map { index in
        .init(
          Self.kinds[index].name, .categorical(index), traces[index].enumerated().map { .init(Double($0 + 1), $1.variance) })
      })
    variance.yIsLogarithmic = true
    var cosine = CurveChart.Panel(
      "before the first step, \(deepest) layers", x: "layer", y: "mean cosine between samples",
      Self.kinds.indices.map { index in
        .init(
          Self.kinds[index].name, .categorical(index),
          traces[index].enumerated().map { .init(Double($0 + 1), $1.cosineSimilarity ?? .nan) })
      })
    cosine.levels = [(1, "all samples alike")]
    let chart = CurveChart(
      "Self-normalizing networks over depth",
      lines: [report.data, "\(context.scatterText)"],
      panels: [accuracy, variance, cosine])
    return ExperimentOutcome(report: report, pictures: [("depth.png", { try chart.render(context.origin) })])
  }
}
