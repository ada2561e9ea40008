import Execution
import NetworkGraph
import TensorKernels

/// Measures a model's measuring points while its graph runs.
final class PointObserver: ExecutionObserver {
  private let plan: GraphPlan
  private let pool: BufferPool
  private let sampling: Sampling
  private let probe = SignalProbe()
  var readings: [LayerReading]
  /// For each parameter of the graph: the size of its gradient.
  var parameterGradients: [Int: GradientSize] = [:]
  /// For each parameter that is a point's first weights: the moments of its gradient.
  var weightGradients: [Int: SignalSummary] = [:]
  private let firstWeights: Set<Int>
  private let histogramsOfGradients: Bool

  init(_ plan: GraphPlan, sampling: Sampling, pool: BufferPool) {
    self.plan = plan
    self.sampling = sampling
    self.pool = pool
    readings = Array(repeating: LayerReading(), count: plan.model.points.count)
    firstWeights = Set(plan.model.points.compactMap(\.parameters.first))
    histogramsOfGradients = true
  }

  /// A tensor as samples x units: its first axis counts as that of the samples.
  private func signal(_ tensor: Tensor) -> ScaledSignal? {
    guard tensor.type.element == .float32, tensor.count > 0 else { return nil }
    let rows = tensor.shape.rank > 1 ? tensor.shape[0] : 1
    return ScaledSignal(rows: rows, columns: tensor.count / rows, exponent: tensor.exponent, borrowing: tensor.floats)
  }

  private func reading(_ signal: ScaledSignal) -> SignalReading {
    probe.measure(signal, sampling: sampling)
    return probe.reading()
  }

  /// Whether the rows of a tensor are the samples of the batch. Cosines between other rows would mean something else.
  private func hasSampleRows(_ tensor: Tensor) -> Bool { tensor.shape.rank > 1 && tensor.shape[0] == plan.model.batch }

  func computed(_ value: ValueID, _ tensor: Tensor) throws {
    guard let signal = signal(tensor), let places = plan.observed[value] else { return }
    let reading = reading(signal)
    for place in places {
      let point = plan.model.points[place.point], shape = plan.network.nodes[place.point].shape
      var summary = reading.summary
      if !hasSampleRows(tensor) { summary.cosineSimilarity = nil }
      summary.groups = reading.groupMoments(of: shape)
      if place.isPreactivation {
        readings[place.point].preactivation = summary
        guard point.activation != point.preactivation else {
          readings[place.point].activation = activation(summary, reading, signal, tensor, place.point)
          continue
        }
        saturation[place.point] = try Saturation.of(signal, under: point.nonlinearity, pool: pool)
        duplicates[place.point] = reading.duplicateFraction(of: shape)
      } else {
        readings[place.point].activation = activation(summary, reading, signal, tensor, place.point)
      }
    }
  }

  private var saturation: [Int: Saturation] = [:]
  private var duplicates: [Int: Double] = [:]

  private func activation(
    _ summary: SignalSummary, _ reading: SignalReading, _ signal: ScaledSignal, _ tensor: Tensor, _ place: Int
  ) -> SignalSummary {
    let shape = plan.network.nodes[place].shape
    var summary = summary
    summary.deadFraction = reading.deadFraction(of: shape)
    summary.duplicateFraction = duplicates[place] ?? reading.duplicateFraction(of: shape)
    summary.saturatedFraction = saturation[place]?.units ?? 0
    summary.saturatedEntries = saturation[place]?.entries ?? 0
    if hasSampleRows(tensor) {
      summary.tokenCosine = TokenGeometry.meanCosine(of: signal, shape: shape)
      let fanIn = plan.model.points[place].parameters.first.flatMap { plan.model.graph.parameters[$0].weightShape?.fans.fanIn }
      reading.describeSpread(fanIn: fanIn ?? 1, in: &summary)
    }
    return summary
  }

  func gradient(of value: ValueID, _ gradient: Tensor) throws {
    if case .parameter(let place) = plan.model.graph[value].source {
      parameterGradients[place] = GradientSize(of: gradient.floats, count: gradient.count, exponent: gradient.exponent)
      if firstWeights.contains(place), gradient.count > 0 {
        // One row per value keeps no moments per unit.
        let columns = plan.model.graph.parameters[place].weightShape?.columns ?? gradient.count
        let rows = max(1, gradient.count / max(1, columns))
        let signal = ScaledSignal(
          rows: rows, columns: gradient.count / rows, exponent: gradient.exponent, borrowing: gradient.floats)
        probe.measure(signal, directions: false, sampling: sampling)
        var summary = probe.reading().summary
        summary.cosineSimilarity = nil
        weightGradients[place] = summary
      }
    }
    guard let signal = signal(gradient), let places = plan.observed[value] else { return }
    let reading = reading(signal)
    for place in places {
      let point = plan.model.points[place.point]
      var summary = reading.summary
      if !hasSampleRows(gradient) { summary.cosineSimilarity = nil }
      summary.groups = reading.groupMoments(of: plan.network.nodes[place.point].shape)
      if place.isPreactivation { readings[place.point].preactivationGradient = summary }
      if !place.isPreactivation || point.activation == point.preactivation { readings[place.point].gradient = summary }
    }
  }
}

extension Saturation {
  /// How saturated a signal is under a nonlinearity, in true units; nil where its slope has no maximum.
  static func of(_ signal: ScaledSignal, under activation: Activation, pool: BufferPool) throws -> Saturation? {
    guard let steepest = activation.laws.maximumSlope, !activation.isIdentity else { return nil }
    let scaling = ActivationScaling(activation), columns = signal.columns
    let derivativeExponent = scaling.derivativeExponent(forPreactivation: signal)
    let threshold = Float(Scale.apply(-derivativeExponent, to: 0.05 * steepest))
    let rows = min(signal.rows, MomentAccumulator.blockRows)
    let scratch = try ScaledSignal(rows: 3 * rows, columns: columns, pool: pool)
    let value = scratch.data, slope = value + rows * columns, ignored = slope + rows * columns
    var counts = [UInt32](repeating: 0, count: columns)
    var row = 0
    while row < signal.rows {
      let count = min(rows, signal.rows - row)
      scaling.valueAndDerivative(
        signal.data + row * columns, exponent: signal.exponent, value: value, derivative: slope,
        derivativeExponent: derivativeExponent, count: count * columns)
      ignored.update(repeating: 0, count: count * columns)
      Elementwise.multiply(ignored, by: slope, rows: count, columns: columns, countingBelow: threshold, into: &counts)
      row += count
    }
    return Saturation(counts: counts, samples: signal.rows)
  }
}
