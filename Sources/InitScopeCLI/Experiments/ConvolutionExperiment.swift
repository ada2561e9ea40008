import InitScope
import NumberText

/// A small convolutional network under three initializers.
struct ConvolutionExperiment: Experiment {
  let name = "cifar-cnn"
  let summary = "Conv 32 - pool - conv 64 - pool - dense 64 - dense 10 under glorot_uniform, he_normal and normal(0.05)."
  let source = "the Keras tutorial on convolutional networks and initializers; He 2015"
  let original =
    "Validation accuracy by epoch on CIFAR-10, one run for each initializer: he_normal and glorot_uniform ahead."
  let seeds = 3
  let data = ExperimentData.images(original: "CIFAR-10")
  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let splits = try context.images(), set = splits.training
    guard set.shape.count == 3 else {
      throw TrainingMismatch(
        message: "a convolutional network needs images of channels, height and width, and \(splits.name) has \(set.shape)",
        hint: "Choose fashion-mnist, mnist:DIR or cifar10:DIR")
    }
    let shape = try Shape(dimensions: set.shape), classes = set.classCount ?? 10
    let count = min(context.size(set.count, quick: 500), set.count)
    let data = context.images(splits, count: count - count / 5, validation: count / 5, scaling: .unit)
    let names = ["glorot_uniform", "he_normal", "normal(0.05)"]
    let initializers = try Initializer.list(parsing: "keras.glorot_uniform,keras.he_normal,keras.random_normal")
    let network = try Network(name: "conv 32 - 64", input: shape) {
      Conv2D(32, kernel: 3, activation: .relu)
      MaxPool(2)
      Conv2D(64, kernel: 3, activation: .relu)
      MaxPool(2)
      Flatten()
      Dense(64, activation: .relu)
      Dense(classes)
    }
    let epochs = context.size(5, quick: 1)
    var configuration = context.configuration(network, initializers, data)
    configuration.epochs = epochs
    configuration.optimizer = .adam()
    let runs = try context.train(configuration, network.name)
    let groups = names.indices.map { Array(runs[($0 * context.seeds)..<(($0 + 1) * context.seeds)]) }
    var report = context.report(
      self, data: context.dataText(splits, data, original: "CIFAR-10") + ", \(shape)")
    report.notes.append(
      "ReLU, Adam of rate 0.001, batch 32, \(ExperimentText.epochs(epochs)), 20% held out, pixels from 0 to 1. The last "
        + "layer is initialized in the same way.")
    let audit = try context.audit(
      AuditConfiguration(
        network: network, initializers: initializers, input: .samples(set, .unit), backward: .crossEntropy,
        batch: context.size(128, quick: 16),
        replicas: context.seeds, seed: context.seed, threads: context.threads, histograms: false), name)
    let scores = names.indices.map {
      ExperimentReport.Score(
        name: names[$0], quantity: "validation accuracy", values: groups[$0].map(\.lastValidationAccuracy))
    }
    report.scores = scores
    report.tables.append(ExperimentText.table("Validation accuracy after \(ExperimentText.epochs(epochs))", scores))
    report.tables.append(
      ExperimentReport.Table(
        "What the audit sees before the first step",
        ["initializer", "outputs' mean square", "gradient's, first layer", "loss"],
        names.indices.map { index in
          let layers = audit.runs[index].layers
          return [
            names[index], layers.last.map { TableNumber.significant($0.preactivation.secondMoment) } ?? "-",
            layers.first.map { TableNumber.significant($0.gradient.secondMoment) } ?? "-",
            audit.runs[index].lossAtInitialization.map { TableNumber.plain($0, 4) } ?? "-",
          ]
        }))
    let pairs = [(1, 0), (0, 2), (1, 2)]
    if let note = ExperimentText.multiplicity(pairs.count) { report.notes.append(note) }
    report.conclusions = pairs.map { ExperimentText.sentence(scores[$0.0], scores[$0.1], tests: pairs.count) }
    let lines = [
      report.data, "\(context.scatterText)",
    ]
    let panels = [
      CurveChart.Panel(
        "validation", x: "epoch", y: "accuracy",
        names.indices.map {
          .epochs(names[$0], .categorical($0), groups[$0], within: TrainingReport.Estimate.accuracies) {
            $0.validationAccuracy
          }
        }),
      CurveChart.Panel(
        "training", x: "epoch", y: "loss",
        names.indices.map {
          .epochs(names[$0], .categorical($0), groups[$0], within: TrainingReport.Estimate.losses) { $0.loss }
        }
      ),
    ]
    return ExperimentOutcome(
      report: report,
      pictures: [
        (
          "curves.png",
          { try CurveChart("A convolutional network by epoch", lines: lines, panels: panels).render(context.origin) }
        )
      ])
  }
}
