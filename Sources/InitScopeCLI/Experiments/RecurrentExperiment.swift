import Foundation
import InitScope
import NumberText

/// A recurrent classifier under three embeddings, with an LSTM and other recurrent weights for contrast.
struct RecurrentExperiment: Experiment {
  let name = "imdb-rnn"
  let summary =
    "Embedding - SimpleRNN 32 - sigmoid under three embeddings, with an LSTM and other recurrent weights for contrast."
  let source = "the Keras tutorial on embeddings and initializers; Saxe 2014; Hochreiter and Schmidhuber 1997"
  let original = "Validation accuracy on IMDB reviews of 200 words by epoch, one run for each embedding."
  let seeds = 5
  let data = ExperimentData.sequences
  private static let vocabulary = 10_000, dimension = 32, units = 32

  private struct Condition {
    var name: String
    var embedding: Initializer
    var recurrent: Initializer = .orthogonal
    var isLSTM = false
  }
  private static let conditions = [
    Condition(name: "uniform(0.05)", embedding: .uniform(limit: 0.05)),
    Condition(name: "glorot_uniform", embedding: .glorotUniform),
    // Keras takes the vocabulary for an embedding's fan-in.
    Condition(name: "he_normal", embedding: .heNormal(mode: .fanOut)),
    Condition(name: "uniform(0.05), glorot_uniform recurrence", embedding: .uniform(limit: 0.05), recurrent: .glorotUniform),
    Condition(name: "uniform(0.05), LSTM", embedding: .uniform(limit: 0.05), isLSTM: true),
  ]

  private func network(_ condition: Condition, vocabulary: Int, length: Int) throws -> Network {
    try Network(name: "embedding - rnn", input: .features(length)) {
      Embedding(vocabulary: vocabulary, dimension: Self.dimension, weights: condition.embedding)
      if condition.isLSTM {
        LSTM(Self.units, weights: .glorotUniform, recurrent: condition.recurrent)
      } else {
        SimpleRNN(Self.units, weights: .glorotUniform, recurrent: condition.recurrent)
      }
      Dense(1, activation: .sigmoid, weights: .glorotUniform)
    }
  }

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let isSynthetic = context.source == nil
    let lengths = isSynthetic ? context.size([200, 400], quick: [20]) : [context.size(200, quick: 20)]
    let epochs = context.size(5, quick: 1)
    var report = context.report(self, data: "")
    var panels: [CurveChart.Panel] = [], lags: [CurveChart.Series] = []
    for length in lengths {
      let options = LoadingOptions(seed: context.seed, sequenceLength: length, vocabularySize: Self.vocabulary)
      guard let splits = try (context.source ?? .synthetic(.longRange)).loadSplits(options),
        let size = splits.training.vocabularySize, size <= Self.vocabulary, let test = splits.test,
        splits.training.classCount == 2
      else {
        throw TrainingMismatch(
          message:
            "this experiment reads token sequences of two classes, at most \(Self.vocabulary) different ones, with a "
            + "test set",
          hint: "Choose imdb:FILE.npz, or leave --data out")
      }
      let count = min(splits.training.count, context.size(splits.training.count, quick: 300))
      let data = TrainingData(
        name: splits.name, training: SampleTable(splits.training, indices: Array(0..<count), scaling: .raw),
        validation: SampleTable(
          test, indices: Array(0..<min(test.count, context.size(test.count, quick: 200))), scaling: .raw))
      if length == lengths[0] {
        report.data =
          isSynthetic
          ? "\(splits.name) in place of the original's IMDB: the second token of a sequence tells its class, all others "
            + "distract; "
            + "\(groupedNumber(count)) sequences to train on, "
            + "\(groupedNumber(data.validation?.count ?? 0)) to validate, of length "
            + "\(lengths.map(String.init).joined(separator: " and "))"
          : "\(splits.name): \(groupedNumber(count)) reviews to train on, "
            + "\(groupedNumber(data.validation?.count ?? 0)) to validate, length \(length)"
      }
      var series: [CurveChart.Series] = []
      for (index, condition) in Self.conditions.enumerated() {
        let network = try network(condition, vocabulary: Self.vocabulary, length: length)
        var configuration = context.configuration(network, [.glorotUniform], data)
        configuration.loss = .binaryCrossEntropy
        configuration.optimizer = .adam()
        configuration.epochs = epochs
        configuration.traces = 1
        let runs = try context.train(configuration, "length \(length), \(condition.name)")
        report.scores.append(
          .init(
            group: "length \(length)", name: condition.name, quantity: "validation accuracy",
            values: runs.map(\.lastValidationAccuracy)))
        series.append(
          .epochs(condition.name, .categorical(index), runs, within: TrainingReport.Estimate.accuracies) {
            $0.validationAccuracy
          })
        if length == lengths[0] {
          let audit = try context.audit(
            AuditConfiguration(
              network: network, initializers: [.glorotUniform], input: .samples(splits.training, .raw),
              batch: context.size(64, quick: 16),
              replicas: context.seeds, seed: context.seed, threads: context.threads, histograms: false), condition.name)
          let states = audit.runs[0].layers.first { $0.recurrence != nil }?.recurrence?.log10StateGradient ?? []
          lags.append(
            .init(
              condition.name, .categorical(index),
              states.reversed().enumerated().compactMap { lag, value in value.map { .init(Double(lag), pow(10, $0)) } },
              isMarked: false))
        }
      }
      var panel = CurveChart.Panel("sequences of length \(length)", x: "epoch", y: "validation accuracy", series)
      panel.levels = [(0.5, "chance")]
      panels.append(panel)
    }
    report.notes.append(
      "Vocabulary \(groupedNumber(Self.vocabulary)) x \(Self.dimension), \(Self.units) units, tanh, Adam of rate "
        + "0.001, batch 32, "
        + "\(ExperimentText.epochs(epochs)). The recurrence is orthogonal, Keras's default, unless another is named.")
    report.tables.append(ExperimentText.table("Validation accuracy after \(ExperimentText.epochs(epochs))", report.scores))
    report.tables.append(
      ExperimentReport.Table(
        "The loss's gradient with respect to earlier states, before the first step",
        ["condition", "mean square, last step", "first step", "factor per step back"],
        lags.map { series in
          guard let last = series.samples.first, let first = series.samples.last, first.x > 0 else {
            return [series.name, "-", "-", "-"]
          }
          return [
            series.name, TableNumber.significant(last.y), TableNumber.significant(first.y),
            ExperimentText.number(pow(first.y / last.y, 1 / first.x), 3),
          ]
        }))
    let pairs = [(1, 0), (2, 0), (3, 0), (4, 0)], tests = pairs.count * lengths.count
    if let note = ExperimentText.multiplicity(tests) { report.notes.append(note) }
    for row in lengths.indices {
      let scores = Array(report.scores[(row * Self.conditions.count)..<((row + 1) * Self.conditions.count)])
      report.conclusions += pairs.map { ExperimentText.sentence(scores[$0.0], scores[$0.1], tests: tests) }
      let learnt = scores.filter { score in
        (score.estimate?.interval?[0] ?? score.estimate?.lowest ?? 0) > 0.5 && (score.estimate?.mean ?? 0) > 0.75
      }
      report.conclusions.append(
        "Length \(lengths[row]): "
          + (learnt.isEmpty
            ? "no condition learns the task (mean accuracy above 0.75, interval above one half)."
            : "learnt (mean accuracy above 0.75, interval above one half): \(learnt.map(\.name).joined(separator: "; "))."))
    }
    var gradient = CurveChart.Panel(
      "before the first step", x: "steps back from the end", y: "mean square of the state's gradient", lags)
    gradient.yIsLogarithmic = true
    let chart = CurveChart(
      "A recurrent network under three embeddings, and two contrasts",
      lines: [report.data, "\(context.scatterText)"],
      panels: panels + [gradient])
    return ExperimentOutcome(report: report, pictures: [("curves.png", { try chart.render(context.origin) })])
  }
}
