import InitScope

/// Four of PyTorch's initializers on one classifier.
struct TorchMNIST: Experiment {
  let name = "torch-mnist"
  let summary = "784-256-128-10 under zeros, xavier_uniform, xavier_normal and kaiming_normal, as in PyTorch."
  let source = "the PyTorch tutorial on torch.nn.init; He 2015; Glorot and Bengio 2010"
  let original = "Zeros do not learn; Xavier and Kaiming reach about the same accuracy, Kaiming a little sooner."
  let seeds = 3
  let data = ExperimentData.images(original: "MNIST")

  private static let specifications = ["torch.zeros", "torch.xavier_uniform", "torch.xavier_normal", "torch.kaiming_normal"]
  private static let names = ["zeros", "xavier_uniform", "xavier_normal", "kaiming_normal"]

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splits = try context.images(), set = splits.training, names = Self.names
    var data: TrainingData
    if context.isQuick {
      data = context.images(splits, count: 1_000, validation: 500, scaling: .symmetric)
      data.test = data.validation
    } else {
      data = try TrainingData(
        set, test: splits.test, validation: .samples(0), scaling: .symmetric, seed: context.seed)
    }
    data.validation = data.test
    data.test = nil
    let epochs = context.size(10, quick: 2)
    let network = try Network(name: "784-256-128-10", input: .features(set.featureCount)) {
      Dense(256, activation: .relu, bias: .torchLinearBias)
      Dense(128, activation: .relu, bias: .torchLinearBias)
      Dense(set.classCount ?? 10, bias: .torchLinearBias)
    }
    var configuration = context.configuration(network, try Self.specifications.map { try Initializer(parsing: $0) }, data)
    configuration.epochs = epochs
    configuration.batch = 64
    configuration.optimizer = .sgd(learningRate: 0.01, momentum: 0.9)
    let runs = try context.train(configuration, network.name)
    let groups = names.indices.map { Array(runs[($0 * context.seeds)..<(($0 + 1) * context.seeds)]) }
    var report = context.report(
      self, data: context.dataText(splits, data, original: "MNIST").replacing("validation", with: "test"))
    report.notes.append(
      "ReLU, SGD of rate 0.01 and momentum 0.9, batch 64, \(ExperimentText.epochs(epochs)), pixels from -1 to 1, "
        + "PyTorch's default biases."
    )
    let last = names.indices.map { index in
      ExperimentReport.Score(
        group: "after \(ExperimentText.epochs(epochs))", name: names[index], quantity: "test accuracy",
        values: groups[index].map(\.lastValidationAccuracy))
    }
    let first = names.indices.map { index in
      ExperimentReport.Score(
        group: "after 1 epoch", name: names[index], quantity: "test accuracy",
        values: groups[index].map { $0.epochs.first?.validationAccuracy })
    }
    report.scores = last + first
    report.tables = [ExperimentText.table("Test accuracy", last + first)]
    let tests = 2 * 3
    if let note = ExperimentText.multiplicity(tests) { report.notes.append(note) }
    for scores in [last, first] {
      for other in 0..<3 { report.conclusions.append(ExperimentText.sentence(scores[3], scores[other], tests: tests)) }
    }
    let chance = 1 / Double(set.classCount ?? 10)
    if let zeros = last[0].estimate {
      report.conclusions.append(
        "Zero weights end at \(ExperimentText.number(zeros.mean)), chance being \(ExperimentText.number(chance)): "
          + (zeros.mean < 2 * chance
            ? "they do not learn. Nothing reaches the first layers through a zero output matrix at first, and what does "
              + "later finds all units of a layer alike but for their biases."
            : "PyTorch's random biases break the symmetry, so that zero weights learn in the end, late."))
    }
    let lines = [
      report.data, "\(context.scatterText)",
    ]
    var panel = CurveChart.Panel(
      "784-256-128-10, ReLU", x: "epoch", y: "test accuracy",
      names.indices.map {
        .epochs(names[$0], .categorical($0), groups[$0], within: TrainingReport.Estimate.accuracies) {
          $0.validationAccuracy
        }
      })
    panel.levels = [(chance, "chance")]
    let loss = CurveChart.Panel(
      "784-256-128-10, ReLU", x: "epoch", y: "training loss",
      names.indices.map {
        .epochs(names[$0], .categorical($0), groups[$0], within: TrainingReport.Estimate.losses) { $0.loss }
      })
    let panels = [panel, loss]
    return ExperimentOutcome(
      report: report,
      pictures: [
        (
          "curves.png",
          { try CurveChart("PyTorch's initializers by epoch", lines: lines, panels: panels).render(context.origin) }
        )
      ])
  }
}
