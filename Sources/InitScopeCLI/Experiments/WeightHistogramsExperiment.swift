import Foundation
import InitScope
import NumberText

/// The weights of a thousand neurons, and what they make of a standard normal input.
struct WeightHistogramsExperiment: Experiment {
  let name = "weight-histograms"
  let summary = "The weights of 1,000 neurons under zeros, a standard normal, Xavier and He, with the sums they produce."
  let source = "the textbook picture of four initializers; Glorot and Bengio 2010; He 2015"
  let original = "Histograms of weights: a spike at zero, a bell of deviation 1, and two narrow bells."
  let seeds = 3
  let data = ExperimentData.fixed("independent N(0, 1) inputs")

  /// Two-sided false-alarm rate of all variance tests together.
  private static let falseAlarm = 1e-4

  func run(_ context: ExperimentContext) throws -> ExperimentOutcome {
    let count = context.size(1_000, quick: 100)
    let network = try Network(name: "\(count) neurons", input: .features(count)) { Dense(count, activation: .relu) }
    let initializers: [Initializer] = [.zeros, .normal(std: 1), .glorotNormal, .heNormal]
    let names = ["zeros", "standard normal", "Xavier normal", "He normal"]
    let batch = context.size(1_000, quick: 100)
    let audit = try context.audit(
      AuditConfiguration(
        network: network, initializers: initializers, batch: batch, replicas: context.seeds, seed: context.seed,
        threads: context.threads), name)
    var report = context.report(self, data: "\(batch) samples of \(count) independent N(0, 1) values")
    let layers = audit.runs.map { $0.layers[0] }
    // The variance of n normals has the relative standard error sqrt(2 / n).
    let weights = Double(count * count * context.seeds), tests = 3.0
    let bound = Estimators.normalQuantile(twoSided: Self.falseAlarm / tests) * (2 / weights).squareRoot()
    report.tables.append(
      ExperimentReport.Table(
        "Weights and sums of \(count) neurons with \(count) inputs",
        ["initializer", "deviation", "theory", "off", "sums E[z²]", "theory", "outputs E[a²]"],
        names.indices.map { index in
          let layer = layers[index], variance = layer.weights?.variance ?? 0, expected = layer.weights?.expectedVariance ?? 0
          return [
            names[index], TableNumber.plain(variance.squareRoot(), 5), TableNumber.plain(expected.squareRoot(), 5),
            expected > 0 ? ExperimentText.signed(100 * ((variance / expected).squareRoot() - 1), 2) + "%" : "-",
            TableNumber.significant(layer.preactivation.secondMoment), TableNumber.significant(Double(count) * expected),
            TableNumber.significant(layer.activation.secondMoment),
          ]
        }))
    for index in names.indices {
      report.scores.append(
        .init(name: names[index], quantity: "weight variance", values: [layers[index].weights?.variance]))
    }
    let ratios = names.indices.dropFirst().map { index in
      (names[index], (layers[index].weights?.variance ?? 0) / (layers[index].weights?.expectedVariance ?? 1))
    }
    let off = ratios.filter { abs($0.1 - 1) > bound }
    report.conclusions.append(
      off.isEmpty
        ? "All three random schemes have the variance they declare, within \(ExperimentText.number(bound * 100, 2))% "
          + "(what \(groupedNumber(Int(weights))) normals allow at a false-alarm rate of "
          + "\(TableNumber.plain(Self.falseAlarm, 1)) together)."
        : "Variance off by more than chance allows: "
          + off.map { "\($0.0), ratio \(ExperimentText.number($0.1))" }.joined(separator: ", ") + ".")
    for (index, layer) in layers.enumerated() {
      let q = layer.preactivation.secondMoment, out = layer.activation.secondMoment
      report.conclusions.append(
        "\(names[index]): inputs of mean square 1 leave as \(TableNumber.significant(out)) after ReLU: "
          + (q == 0
            ? "no signal, and every neuron the same."
            : out > 2
              ? "a layer of this kind multiplies the mean square by \(TableNumber.significant(out))."
              : out < 0.75
                ? "a layer of this kind leaves \(TableNumber.significant(out)) of the mean square."
                : "a layer of this kind keeps the signal."))
    }
    func panel(_ index: Int, _ histogram: Histogram?, _ variance: Double, _ note: String, _ x: String) -> DensityChart.Panel
    {
      // Of zero weights all is zero, and a histogram of one value shows nothing.
      let deviation = variance.squareRoot()
      let density: (@Sendable (Double) -> Double)? = deviation > 0 ? { @Sendable x in Self.normal(x, deviation) } : nil
      return DensityChart.Panel(
        names[index], note: note, x: x, deviation > 0 ? histogram : nil, color: SeriesStyle.palette[index], density: density)
    }
    var panels: [DensityChart.Panel] = []
    for (index, layer) in layers.enumerated() {
      let deviation = TableNumber.plain((layer.weights?.variance ?? 0).squareRoot(), 4)
      panels.append(
        panel(
          index, layer.weights?.histogram, layer.weights?.expectedVariance ?? 0, "weights, deviation \(deviation)", "weight")
      )
    }
    for (index, layer) in layers.enumerated() {
      let square = TableNumber.significant(layer.preactivation.secondMoment)
      panels.append(
        panel(
          index, layer.preactivation.histogram, Double(count) * (layer.weights?.expectedVariance ?? 0),
          "sums W x, mean square \(square)", "sum"))
    }
    let lines = ["bars: measured; lines: the normal density that theory gives\(context.isQuick ? " · quick run" : "")"]
    let chart = DensityChart(
      "\(groupedNumber(count)) neurons under four initializers", lines: lines, columns: names.count, panels: panels)
    return ExperimentOutcome(report: report, pictures: [("histograms.png", { try chart.render(context.origin) })])
  }

  private static func normal(_ x: Double, _ deviation: Double) -> Double {
    exp(-x * x / (2 * deviation * deviation)) / (deviation * (2 * Double.pi).squareRoot())
  }
}
