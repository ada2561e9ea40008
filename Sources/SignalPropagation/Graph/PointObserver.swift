import Execution
import Glibc
import NetworkGraph
import OperatorKernels
import TensorKernels

/// Measures a model's measuring points while its graph runs.
final class PointObserver: ExecutionObserver {
  private let plan: GraphPlan
  private let pool: BufferPool
  private let team: any OperatorTeam
  private let probe: LayoutProbe
  private(set) var readings: [LayerReading]
  /// For each parameter of the graph: the size of its gradient.
  private(set) var parameterGradients: [Int: GradientSize] = [:]
  /// For each parameter that is a point's first weights: the moments of its gradient.
  private(set) var weightGradients: [Int: SignalSummary] = [:]
  private let firstWeights: Set<Int>
  /// Points whose gates are looked at.
  private let cells: Set<Int>
  /// For each recurrent point: log10 of the mean squares of its states by step, and of the gradients with respect to them.
  private var states: [Int: [Double?]] = [:]
  private var stateGradients: [Int: [Double?]] = [:]
  /// For each recurrent layer that is written out: its gates and their gradients, as far as they have come.
  private var gates: [Int: WrittenGates] = [:]
  private var gateGradients: [Int: WrittenGates] = [:]
  private var saturation: [Int: Saturation] = [:]
  private var duplicates: [Int: Double] = [:]

  init(_ plan: GraphPlan, sampling: Sampling, pool: BufferPool, team: any OperatorTeam) {
    self.plan = plan
    self.pool = pool
    self.team = team
    probe = LayoutProbe(sampling: sampling, team: team)
    readings = Array(repeating: LayerReading(), count: plan.model.points.count)
    cells = Set(plan.cells.values).union(plan.gates.values.map(\.point))
    firstWeights = Set(plan.model.points.compactMap(\.parameters.first))
  }

  func computed(_ value: ValueID, _ tensor: Tensor) throws {
    if let place = plan.steps[value] { note(tensor, place, in: &states) }
    if let place = plan.gates[value], let all = try put(tensor, place, into: &gates) {
      try measure(gates: all, steps: plan.model.points[place.point].states.count, of: place.point)
    }
    guard tensor.type.element == .float32, tensor.count > 0, let places = plan.observed[value],
      let first = places.first
    else { return }
    let layout = plan.layout(first.point, tensor.shape, of: value)
    let signal = try samplesInFront(tensor, first.point, of: value)
    let reading = probe.measure(signal.data, layout, exponent: tensor.exponent)
    for place in places {
      let point = plan.model.points[place.point]
      if place.isPreactivation {
        // A recurrent operator's pre-activation is that of its gates.
        if !cells.contains(place.point) {
          readings[place.point].preactivation = withSpread(reading, layout, place.point)
        }
        guard point.activation != point.preactivation else {
          readings[place.point].activation = activation(reading, signal, layout, place.point)
          continue
        }
        saturation[place.point] = try Saturation.of(
          tensor, layout, under: point.nonlinearity, pool: pool, team: team)
        duplicates[place.point] = reading.signal.duplicateFraction(of: nil)
      } else {
        readings[place.point].activation = activation(reading, signal, layout, place.point)
      }
    }
  }

  func computed(gatesOf node: Int, _ gates: Tensor, states squares: [Double]) throws {
    guard let place = plan.cells[node], gates.count > 0 else { return }
    states[place] = logarithms(squares, exponent: gates.exponent)
    try measure(gates: Self.rows(gates), steps: gates.shape[1], of: place)
  }

  /// Measures the pre-activations of a recurrent layer's gates: a row for each sample, in it the gates of each step.
  private func measure(gates: ScaledSignal, steps: Int, of place: Int) throws {
    readings[place].preactivation = summary(ofGates: gates, steps: steps)
    saturation[place] = try Saturation(
      of: gates, steps: steps, gates: plan.network.nodes[place].layer.gates, pool: pool)
  }

  private static func rows(_ gates: Tensor) -> ScaledSignal {
    ScaledSignal(
      rows: gates.shape[0], columns: gates.count / gates.shape[0], exponent: gates.exponent, borrowing: gates.floats)
  }

  /// Puts a gate of a layer that is written out to the others; all of them where it is the last.
  private func put(
    _ tensor: Tensor, _ at: (point: Int, place: Int), into all: inout [Int: WrittenGates]
  ) throws -> ScaledSignal? {
    guard tensor.type.element == .float32, tensor.count > 0, let units = tensor.shape.extents.last else { return nil }
    let point = plan.model.points[at.point], pieces = point.states.count * point.gates.functions.count
    let own = all[at.point] ?? WrittenGates(pieces: pieces)
    all[at.point] = own
    return try own.take(tensor, at: at.place, units: units, pool: pool)
  }

  func gradient(ofGatesOf node: Int, _ gates: Tensor, states squares: [Double]) throws {
    guard let place = plan.cells[node], gates.count > 0 else { return }
    readings[place].preactivationGradient = summary(ofGates: Self.rows(gates), steps: gates.shape[1])
    readings[place].recurrence = LayerResult.Recurrence(
      log10State: states[place] ?? [], log10StateGradient: logarithms(squares, exponent: gates.exponent))
  }

  /// Notes the mean square of a state, or of its gradient, of a recurrent layer that is written out.
  private func note(_ tensor: Tensor, _ place: (point: Int, step: Int), in profiles: inout [Int: [Double?]]) {
    guard tensor.type.element == .float32, tensor.count > 0 else { return }
    let square = Elementwise.sumOfSquares(tensor.floats, count: tensor.count) / Double(tensor.count)
    let empty = [Double?](repeating: nil, count: plan.model.points[place.point].states.count)
    profiles[place.point, default: empty][place.step] = logarithms([square], exponent: tensor.exponent)[0]
  }

  private func summary(ofGates gates: ScaledSignal, steps: Int) -> SignalSummary {
    let layout = TensorLayout(outer: gates.rows * steps, units: gates.columns / steps, inner: 1, samples: gates.rows)
    return probe.measure(gates.data, layout, exponent: gates.exponent).signal.summary
  }

  /// log10 of mean squares of data in units of 2^exponent; nil for zeros and what is not finite.
  private func logarithms(_ squares: [Double], exponent: Double) -> [Double?] {
    squares.map { $0 > 0 && $0.isFinite ? log10($0) + 2 * exponent * log10(2) : nil }
  }

  /// A point's values with one sample after another: as they are, or a copy.
  private func samplesInFront(_ tensor: Tensor, _ point: Int, of value: ValueID) throws -> ScaledSignal {
    let samples = plan.layout(point, tensor.shape, of: value).samples, columns = tensor.count / samples
    guard let place = plan.scattered(point, tensor.shape, of: value) else {
      return ScaledSignal(rows: samples, columns: columns, exponent: tensor.exponent, borrowing: tensor.floats)
    }
    let copy = try ScaledSignal(rows: samples, columns: columns, exponent: tensor.exponent, pool: pool)
    for block in 0..<tensor.count / (place.count * place.inner) {
      for sample in 0..<place.count {
        (copy.data + sample * columns + block * place.inner).update(
          from: tensor.floats + (block * place.count + sample) * place.inner, count: place.inner)
      }
    }
    return copy
  }

  private func activation(
    _ reading: LayoutProbe.Reading, _ signal: ScaledSignal, _ layout: TensorLayout, _ place: Int
  ) -> SignalSummary {
    var summary = withSpread(reading, layout, place)
    summary.deadFraction = reading.signal.deadFraction(of: nil)
    summary.duplicateFraction = duplicates[place] ?? reading.signal.duplicateFraction(of: nil)
    summary.saturatedFraction = saturation[place]?.units ?? 0
    summary.saturatedEntries = saturation[place]?.entries ?? 0
    guard layout.samples > 1 else { return summary }
    if !plan.hasChannelsFirst[place] {
      summary.tokenCosine = TokenGeometry.meanCosine(of: signal, shape: plan.network.nodes[place].shape)
    }
    return summary
  }

  /// The measured values with their deviation over the samples, where there are several.
  private func withSpread(_ reading: LayoutProbe.Reading, _ layout: TensorLayout, _ place: Int) -> SignalSummary {
    var summary = reading.signal.summary
    guard layout.samples > 1 else { return summary }
    let weights = plan.model.points[place].parameters.first
    reading.describeSpread(
      fanIn: weights.flatMap { plan.model.graph.parameters[$0].weightShape?.fans.fanIn } ?? 1, in: &summary)
    return summary
  }

  func gradient(of value: ValueID, _ gradient: Tensor) throws {
    guard gradient.count > 0 else { return }
    if case .parameter(let place) = plan.model.graph[value].source {
      parameterGradients[place] = GradientSize(of: gradient.floats, count: gradient.count, exponent: gradient.exponent)
      if firstWeights.contains(place) {
        let columns = gradient.shape.rank > 1 ? gradient.shape.extents.last ?? 1 : gradient.count
        let layout = TensorLayout(outer: gradient.count / columns, units: columns, inner: 1, samples: 1)
        weightGradients[place] =
          probe.measure(
            gradient.floats, layout, exponent: gradient.exponent, geometry: false
          ).signal.summary
      }
    }
    if let place = plan.steps[value] {
      note(gradient, place, in: &stateGradients)
      readings[place.point].recurrence = LayerResult.Recurrence(
        log10State: states[place.point] ?? [], log10StateGradient: stateGradients[place.point] ?? [])
    }
    if let place = plan.gates[value], let all = try put(gradient, place, into: &gateGradients) {
      readings[place.point].preactivationGradient = summary(
        ofGates: all, steps: plan.model.points[place.point].states.count)
    }
    guard let places = plan.observed[value], let first = places.first else { return }
    let layout = plan.layout(first.point, gradient.shape, of: value)
    let signal = try samplesInFront(gradient, first.point, of: value)
    let summary = probe.measure(signal.data, layout, exponent: gradient.exponent).signal.summary
    for place in places {
      let point = plan.model.points[place.point]
      if place.isPreactivation, !cells.contains(place.point) { readings[place.point].preactivationGradient = summary }
      if !place.isPreactivation || point.activation == point.preactivation { readings[place.point].gradient = summary }
    }
  }
}

extension Saturation {
  /// How saturated a signal is under a nonlinearity, in true units; nil where its slope has no maximum.
  ///
  /// A unit counts with its positions: it is saturated where 95% of its values are.
  static func of(
    _ tensor: Tensor, _ layout: TensorLayout, under activation: Activation, pool: BufferPool, team: any OperatorTeam
  ) throws -> Saturation? {
    guard let steepest = activation.laws.maximumSlope, !activation.isIdentity else { return nil }
    let scaling = ActivationScaling(activation), exponent = tensor.exponent
    let flat = ScaledSignal(rows: 1, columns: layout.count, exponent: exponent, borrowing: tensor.floats)
    let derivativeExponent = scaling.derivativeExponent(forPreactivation: flat)
    let threshold = Float(Scale.apply(-derivativeExponent, to: 0.05 * steepest))
    // Pieces of whole rows, counted by unit; each piece has counts of its own.
    let row = layout.units * layout.inner, step = max(1, (layout.outer + 15) / 16)
    let pieces = (layout.outer + step - 1) / step
    var counts = [UInt32](repeating: 0, count: pieces * layout.units)
    let scratch = try ScaledSignal(rows: 2 * pieces, columns: row, pool: pool)
    counts.withUnsafeMutableBufferPointer { counts in
      guard let counts = counts.baseAddress else { return }
      team.run(blocks: pieces) { piece in
        let value = scratch.data + 2 * piece * row, slope = value + row, own = counts + piece * layout.units
        for block in piece * step..<min(layout.outer, (piece + 1) * step) {
          scaling.valueAndDerivative(
            tensor.floats + block * row, exponent: exponent, value: value, derivative: slope,
            derivativeExponent: derivativeExponent, count: row)
          for unit in 0..<layout.units {
            var count: UInt32 = 0
            let first = slope + unit * layout.inner
            for place in 0..<layout.inner where abs(first[place]) < threshold { count += 1 }
            own[unit] += count
          }
        }
      }
    }
    var sums = [UInt32](repeating: 0, count: layout.units)
    for (place, count) in counts.enumerated() { sums[place % layout.units] += count }
    return Saturation(counts: sums, samples: layout.outer * layout.inner)
  }
}
