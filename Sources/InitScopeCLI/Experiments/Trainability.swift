import InitScope
import NumberText

/// Which depths train at which weight variance, with theory's depth scale over it.
struct Trainability: Experiment {
  let name = "trainability"
  let summary =
    "Training accuracy of tanh networks over depth and weight variance, with the depth scale 6 xi_c drawn over it."
  let source = "Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017, Deep information propagation, figure 5"
  let original =
    "Networks train up to a depth of about 6 xi_c, the depth scale of correlations, which is longest at criticality."
  let seeds = 1
  let data = ExperimentData.images(original: "MNIST")
  private static let biasVariance = 0.05

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splits = try context.images(), set = splits.training, classes = set.classCount ?? 10
    let width = context.size(128, quick: 32), batch = 32
    let data = context.images(splits, count: context.size(2_000, quick: 300), validation: 50, scaling: .standardized)
    let depths = context.size(Array(stride(from: 10, through: 100, by: 10)), quick: [4, 10, 20])
    let variances = context.size((0..<12).map { 1 + 3 * Double($0) / 11 }, quick: [1, 1.75, 3])
    let epochs = context.size(5, quick: 1)
    var trained = data
    trained.validation = nil
    let steps = epochs * ((data.training.count + batch - 1) / batch)
    var accuracies: [[Double?]] = []
    var report = context.report(self, data: context.dataText(splits, trained, original: "MNIST"))
    for depth in depths {
      let bias = Initializer.normal(std: Self.biasVariance.squareRoot())
      let network = try Network(name: "\(depth) x \(width)", input: .features(set.featureCount)) {
        Dense(width, activation: .tanh, bias: bias).repeated(depth)
        Dense(classes, weights: .lecunNormal)
      }
      var configuration = context.configuration(
        network, variances.map { .varianceScaling(scale: $0, mode: .fanIn, distribution: .normal) }, trained)
      configuration.epochs = epochs
      configuration.batch = batch
      configuration.optimizer = .sgd(learningRate: 0.01)
      configuration.traces = 1
      let runs = try context.train(configuration, "\(depth) layers")
      accuracies.append(
        variances.indices.map { column in
          let group = runs[(column * context.seeds)..<((column + 1) * context.seeds)]
          report.scores.append(
            .init(
              group: "\(depth) layers", name: "weight variance \(TableNumber.plain(variances[column], 4))",
              quantity: "training accuracy",
              values: group.map(\.lastTrainingAccuracy)))
          return report.scores[report.scores.count - 1].estimate?.mean
        })
    }
    let table = try MomentTable(.tanh)
    let fine = (0...120).map {
      variances[0] - 0.14 + (variances[variances.count - 1] - variances[0] + 0.28) * Double($0) / 120
    }
    let curve = try fine.map { variance -> (x: Double, y: Double) in (variance, try Self.reach(table, variance)) }
    let critical = try CriticalLine(table).point(biasVariance: Self.biasVariance)?.weightVariance
    let reaches = try variances.map { try Self.reach(table, $0) }
    report.notes.append(
      "tanh, width \(width), bias variance \(Self.biasVariance), plain SGD of rate 0.01, batch \(batch), \(steps) steps; "
        + "accuracy is the last epoch's "
        + "running training accuracy. One cell is \(context.seeds) \(context.seeds == 1 ? "run" : "runs"), without "
        + "an interval: how much neighbouring cells differ shows the noise."
    )
    report.tables.append(
      ExperimentReport.Table(
        "Training accuracy by depth (down) and weight variance (across)",
        ["depth"] + variances.map { TableNumber.plain($0, 3) },
        depths.indices.reversed().map { row in
          ["\(depths[row])"] + accuracies[row].map { $0.map { ExperimentText.number($0, 2) } ?? "-" }
        } + [["6 xi_c"] + reaches.map { $0.isFinite ? ExperimentText.number($0, 0) : "inf" }]))
    report.conclusions = conclusions(depths, variances, accuracies, reaches, critical, chance: 1 / Double(classes))
    let chart = GridChart(
      "Trainability over depth and weight variance",
      lines: [
        report.data,
        "tanh, width \(width), bias variance \(Self.biasVariance), SGD of rate 0.01, \(steps) steps of "
          + "\(batch)\(context.isQuick ? " · quick run" : "")",
      ], x: ("weight variance × fan-in", variances), y: ("hidden layers", depths.map(Double.init)),
      value: ("training accuracy", 0...1), values: accuracies,
      curves: [
        .init(
          "theory: six depth scales of the correlation of two inputs",
          SeriesStyle(color: SeriesStyle.palette[1], dash: [], marker: .circle), curve)
      ])
    return ExperimentOutcome(report: report, pictures: [("trainability.png", { try chart.render(context.origin) })])
  }

  /// Six depth scales of the correlation, in layers; infinite at criticality.
  private static func reach(_ table: MomentTable, _ variance: Double) throws -> Double {
    6 * (try MeanFieldTheory(table, weightVariance: variance, biasVariance: biasVariance).depthScaleC ?? .infinity)
  }

  private func conclusions(
    _ depths: [Int], _ variances: [Double], _ accuracies: [[Double?]], _ reaches: [Double], _ critical: Double?,
    chance: Double
  ) -> [String] {
    var within: [Double] = [], beyond: [Double] = []
    for row in depths.indices {
      for column in variances.indices {
        let value = accuracies[row][column] ?? chance
        if Double(depths[row]) <= reaches[column] { within.append(value) } else { beyond.append(value) }
      }
    }
    func mean(_ values: [Double]) -> String {
      values.isEmpty ? "" : " (mean accuracy \(ExperimentText.number(Estimators.mean(values), 2)))"
    }
    // A cell counts as trained halfway between chance and the best cell.
    let best = (within + beyond).max() ?? 1, threshold = (best + chance) / 2
    let a = within.count { $0 > threshold }, b = beyond.count { $0 > threshold }
    var text = [
      "A cell counts as trained above \(ExperimentText.number(threshold, 2)), halfway from chance to the best cell. "
        + "Within 6 xi_c "
        + "\(a) of \(within.count) cells trained\(mean(within)), beyond it \(b) of \(beyond.count)\(mean(beyond)): "
        + "the curve sorts "
        + "\(TableNumber.percent(Double(a + beyond.count - b) / Double(within.count + beyond.count))) of the cells rightly."
    ]
    let deepest = variances.indices.map { column in
      depths.indices.last { (accuracies[$0][column] ?? chance) > threshold }.map { depths[$0] } ?? 0
    }
    let reach = deepest.max() ?? 0
    let places = variances.indices.filter { deepest[$0] == reach }.map { TableNumber.plain(variances[$0], 3) }
    text.append(
      reach == 0
        ? "No cell trained."
        : "The deepest networks that trained have \(reach) layers, at weight variance \(places.joined(separator: ", "))"
          + (critical.map { "; theory's critical variance is \(TableNumber.plain($0, 4))." } ?? "."))
    return text
  }
}
