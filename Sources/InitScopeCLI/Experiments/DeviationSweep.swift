import Foundation
import InitScope
import NumberText

/// The signal behind ten ReLU layers against the deviation of their weights.
struct DeviationSweep: Experiment {
  let name = "std-sweep"
  let summary = "10 layers of 100 ReLU units: mean and deviation of the last activations against the weights' deviation."
  let source = "the textbook sweep over weight scales; He 2015, section 2.2"
  let original = "Outputs vanish for small weights and explode for large ones; only a narrow band of deviations keeps them."
  let seeds = 5
  let data = ExperimentData.fixed("independent N(0, 1) inputs")
  private static let depth = 10, width = 100

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let points = context.size(50, quick: 12), batch = context.size(1_000, quick: 200)
    let deviations = (0..<points).map { pow(10, -4 + 5 * Double($0) / Double(points - 1)) }
    let network = try Network(name: "10 x 100", input: .features(Self.width)) {
      Dense(Self.width, activation: .relu).repeated(Self.depth)
    }
    var configuration = AuditConfiguration(
      network: network, initializers: deviations.map { .normal(std: $0) }, batch: batch, replicas: context.seeds,
      seed: context.seed, threads: context.threads, histograms: false)
    configuration.backward = .gaussian
    let audit = try context.audit(configuration, name)
    let last = audit.runs.map { $0.layers[$0.layers.count - 1].activation }
    // q1 = n s^2, q' = n s^2 q / 2; of ReLU's output the mean is sqrt(q / 2 pi), the second moment q / 2.
    let theory = deviations.map { deviation -> (mean: Double, deviation: Double) in
      let gain = Double(Self.width) * deviation * deviation
      let q = gain * pow(gain / 2, Double(Self.depth - 1))
      return ((q / (2 * .pi)).squareRoot(), (q * (0.5 - 0.5 / .pi)).squareRoot())
    }
    var report = context.report(self, data: "\(batch) samples of 100 independent N(0, 1) values")
    report.notes.append(
      "All deviations scale the same random draws, and ReLU passes a scale on unchanged. The ratio of measurement to theory "
        + "(for infinite width) is therefore the same along the whole curve: how far it is from 1 is "
        + "a single draw of chance."
    )
    let shown = stride(from: 0, to: points, by: max(1, points / 12)).map { $0 }
    report.tables.append(
      ExperimentReport.Table(
        "Activations of layer 10", ["weights' deviation", "mean", "theory", "deviation", "theory"],
        shown.map { index in
          [
            TableNumber.plain(deviations[index], 3), TableNumber.significant(last[index].mean),
            TableNumber.significant(theory[index].mean),
            TableNumber.significant(last[index].variance.squareRoot()), TableNumber.significant(theory[index].deviation),
          ]
        }))
    for index in deviations.indices {
      report.scores.append(
        .init(
          name: "std \(TableNumber.plain(deviations[index], 4))", quantity: "mean of layer 10", values: [last[index].mean]))
      report.scores.append(
        .init(
          name: "std \(TableNumber.plain(deviations[index], 4))", quantity: "deviation of layer 10",
          values: [last[index].variance.squareRoot()]))
    }
    report.conclusions = conclusions(deviations, last, theory)
    let measured = CurveChart.Panel(
      "layer 10 of 10", x: "standard deviation of the weights", y: "activations: mean and deviation",
      [
        .init("mean, measured", .categorical(0), zip(deviations, last).map { .init($0, $1.mean) }),
        .init("deviation, measured", .categorical(1), zip(deviations, last).map { .init($0, $1.variance.squareRoot()) }),
        .init(
          "mean, theory", SeriesStyle(color: .ink, dash: [], marker: .circle),
          zip(deviations, theory).map { .init($0, $1.mean) },
          isMarked: false),
        .init(
          "deviation, theory", SeriesStyle(color: .ink, dash: [7, 3], marker: .circle),
          zip(deviations, theory).map { .init($0, $1.deviation) }, isMarked: false),
      ])
    var panel = measured
    panel.xIsLogarithmic = true
    panel.yIsLogarithmic = true
    panel.levels = [(1, "kept")]
    let ratio = CurveChart.Panel(
      "the same, measured divided by theory", x: "standard deviation of the weights", y: "ratio",
      [
        .init(
          "mean, measured", .categorical(0), zip(deviations, zip(last, theory)).map { .init($0, $1.0.mean / $1.1.mean) }),
        .init(
          "deviation, measured", .categorical(1),
          zip(deviations, zip(last, theory)).map { .init($0, $1.0.variance.squareRoot() / $1.1.deviation) }),
      ])
    var ratios = ratio
    ratios.xIsLogarithmic = true
    ratios.levels = [(1, "theory")]
    let panels = [panel, ratios]
    let chart = CurveChart(
      "Ten ReLU layers against the deviation of their weights",
      lines: [
        "\(points) deviations from 1e-4 to 10, \(batch) samples, \(context.seeds) "
          + "seeds\(context.isQuick ? " · quick run" : "")"
      ], panels: panels)
    return ExperimentOutcome(report: report, pictures: [("sweep.png", { try chart.render(context.origin) })])
  }

  private func conclusions(
    _ deviations: [Double], _ last: [SignalSummary], _ theory: [(mean: Double, deviation: Double)]
  ) -> [String] {
    let logs = deviations.map(log10), measured = last.map { log10($0.secondMoment) / 2 }
    let critical = (2 / Double(Self.width)).squareRoot()
    let kept = zip(deviations, last).filter { $0.1.secondMoment > 0.01 && $0.1.secondMoment < 100 }.map(\.0)
    let slope = Estimators.slope(x: logs, y: measured)
    let ratios = zip(last, theory).map { $0.variance.squareRoot() / $1.deviation }
    let span = log10((last.last?.secondMoment ?? 1) / max(last.first?.secondMoment ?? 1, .leastNonzeroMagnitude)) / 2
    return [
      slope.map {
        "The output grows as the deviation to the power \(ExperimentText.number($0, 2)); theory says \(Self.depth)."
      }
        ?? "At some deviations nothing is left of the signal, so that its growth cannot be told.",
      kept.isEmpty
        ? "At none of these deviations do the outputs keep a mean square between 0.01 and 100."
        : "Outputs keep a mean square between 0.01 and 100 for deviations from \(TableNumber.plain(kept.min() ?? 0, 3)) to "
          + "\(TableNumber.plain(kept.max() ?? 0, 3)): \(kept.count) of \(deviations.count). He's deviation for this "
          + "width is "
          + "\(TableNumber.plain(critical, 3)), "
          + ((kept.min() ?? 0) <= critical && critical <= (kept.max() ?? 0) ? "inside that band." : "outside that band."),
      "Over \(TableNumber.significant(span)) powers of ten the deviation of the outputs is "
        + "\(ExperimentText.number(ratios.min() ?? 0, 2)) to "
        + "\(ExperimentText.number(ratios.max() ?? 0, 2)) times what theory gives for infinite width.",
    ]
  }
}
