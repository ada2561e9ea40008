import Execution
import Glibc
import NetworkGraph
import OperatorKernels
import SampleStatistics
import TensorKernels

/// Rescales a model's weights by the signals that reach them, layer after layer in one forward pass: what data-dependent
/// initializers ask for.
///
/// A layer's output is W x + b, so that a new W gives a new output without another product: the layer is measured, its
/// weights and its output are rescaled together, and the layers behind see the result.
final class GraphCalibration: ExecutionObserver {
  private let plan: GraphPlan
  private let assignment: InitializerAssignment
  private let parameters: ParameterSet
  private let probe: LayoutProbe
  private var done: Set<Int> = []
  private(set) var calibrations: [LayerCalibration] = []

  /// Prepares the calibration of drawn weights.
  ///
  /// - Parameters:
  ///   - plan: The model.
  ///   - assignment: Says which weights are data-dependent.
  ///   - parameters: The weights as drawn, which are changed.
  ///   - team: Threads for the measurements.
  init(_ plan: GraphPlan, _ assignment: InitializerAssignment, _ parameters: ParameterSet, team: any OperatorTeam) {
    self.plan = plan
    self.assignment = assignment
    self.parameters = parameters
    probe = LayoutProbe(sampling: .none, team: team)
  }

  func gradient(of value: ValueID, _ gradient: Tensor) throws {}

  func computed(_ value: ValueID, _ tensor: Tensor) throws {
    for place in plan.observed[value] ?? [] where place.isPreactivation {
      guard let layer = Layer(plan, place.point), done.insert(layer.weights).inserted,
        case .dataDependent(let scheme) = law(layer.weights, of: layer.point.name)
      else { continue }
      let layout = plan.layout(place.point, tensor.shape, of: value)
      let reading = probe.measure(tensor.floats, layout, exponent: tensor.exponent, geometry: false)
      let moments = reading.signal.moments
      guard reading.signal.summary.nonFinite == 0, moments.unitMeans.count == layout.units else {
        calibrations.append(LayerCalibration(layer: layer.point.name, attempts: 0, variance: .nan, converged: false))
        continue
      }
      let change: Change?
      switch scheme {
      case .lsuv(let tolerance, let attempts):
        change = unitVariance(moments, tensor, layer, tolerance: tolerance, attempts: attempts)
      case .withinLayer: change = eachUnit(moments, tensor, layer)
      }
      if let change { apply(change, to: tensor, layout, layer) }
    }
  }

  private func law(_ parameter: Int, of point: String) -> WeightLaw {
    assignment.law(for: GraphParameterDescription.tensor(plan.model.graph.parameters[parameter]), of: point)
  }

  /// A layer whose output is linear in one tensor of weights.
  private struct Layer {
    let point: MeasuringPoint
    let weights: Int
    let shape: WeightShape
    let bias: Int?

    init?(_ plan: GraphPlan, _ place: Int) {
      let graph = plan.model.graph, point = plan.model.points[place]
      guard !point.traits.contains(.recurs), point.traits.contains(.contracts) || point.traits.contains(.readsTokens),
        let weights = point.parameters.first(where: { graph.parameters[$0].role == .weight }),
        let shape = graph.parameters[weights].weightShape,
        // Lengths are drawn along with what they belong to; other scales would undo a factor.
        !graph.parameters[weights].isShaped || graph.parameters.contains(where: { $0.lengths?.parameter == weights })
      else { return nil }
      self.point = point
      self.weights = weights
      self.shape = shape
      bias = point.parameters.first { graph.parameters[$0].role == .bias }
    }

    /// Whether each unit has a row of weights of its own.
    func hasRows(_ units: Int) -> Bool { point.traits.contains(.rowPerUnit) && shape.rows == units }
  }

  /// What is done to a layer: a factor and a new bias for every unit, the old bias included in the output that is there.
  private struct Change {
    /// One, or one per unit.
    var factors: [Double]
    /// In true units, one per unit; nil where the layer keeps the bias that it has.
    var bias: [Double]?
    var oldBias: [Double]?
  }

  /// The bias by unit; nil where there is none.
  private func bias(_ layer: Layer, units: Int) -> [Double]? {
    guard let place = layer.bias else { return nil }
    let values = parameters.values(place, of: plan.model.graph)
    return values.count == units ? values.map(Double.init) : nil
  }

  /// LSUV: divides by the deviation of the layer's output until its variance is within the tolerance of 1 (Mishkin and Matas
  /// 2016, algorithm 1).
  private func unitVariance(
    _ moments: GrandMoments, _ tensor: Tensor, _ layer: Layer, tolerance: Double, attempts: Int
  ) -> Change? {
    let units = moments.unitMeans.count, own = bias(layer, units: units), unit = Scale.apply(tensor.exponent, to: 1)
    let shift = own ?? [Double](repeating: 0, count: units)
    let means = zip(moments.unitMeans, shift).map { $0 * unit - $1 },
      spread = Estimators.mean(moments.unitVariances) * unit * unit
    /// The variance over units and samples with weights times `factor`.
    func variance(_ factor: Double) -> Double {
      let shifted = zip(means, shift).map { factor * $0 + $1 }, mean = Estimators.mean(shifted)
      return factor * factor * spread + Estimators.mean(shifted.map { ($0 - mean) * ($0 - mean) })
    }
    var factor = 1.0, taken = 0, current = variance(1)
    while taken < attempts, abs(current - 1) >= tolerance, current > 0, current.isFinite {
      factor /= current.squareRoot()
      taken += 1
      current = variance(factor)
    }
    calibrations.append(
      LayerCalibration(
        layer: layer.point.name, attempts: taken, variance: current, converged: abs(current - 1) < tolerance))
    return taken == 0 || !factor.isNormal ? nil : Change(factors: [factor], bias: nil, oldBias: own)
  }

  /// Krahenbuhl 2016, section 3.1: divides each unit by its deviation over the data and shifts it to zero mean. A layer
  /// without a bias keeps its means.
  private func eachUnit(_ moments: GrandMoments, _ tensor: Tensor, _ layer: Layer) -> Change? {
    let units = moments.unitMeans.count, unit = Scale.apply(tensor.exponent, to: 1)
    guard layer.hasRows(units) else { return nil }
    let own = bias(layer, units: units)
    var factors: [Double] = [], shifts: [Double] = []
    for (place, (mean, variance)) in zip(moments.unitMeans, moments.unitVariances).enumerated() {
      let factor = 1 / (variance.squareRoot() * unit)
      // A unit that is constant over the data cannot be given unit variance; it stays as drawn.
      let usable = factor.isNormal && factor < 1e30
      factors.append(usable ? factor : 1)
      let old = own?[place] ?? 0
      shifts.append(usable ? -(mean * unit - old) * factor : old)
    }
    calibrations.append(
      LayerCalibration(
        layer: layer.point.name, attempts: 1, variance: 1, converged: factors.allSatisfy { $0 != 1 }))
    return Change(factors: factors, bias: own == nil ? nil : shifts, oldBias: own)
  }

  private func apply(_ change: Change, to tensor: Tensor, _ layout: TensorLayout, _ layer: Layer) {
    // The output: factor (z - b) + b', in the tensor's own units.
    let unit = Scale.apply(-tensor.exponent, to: 1), units = layout.units
    let new = change.bias ?? change.oldBias
    for outer in 0..<layout.outer {
      for place in 0..<units {
        let factor = change.factors.count == 1 ? change.factors[0] : change.factors[place]
        let shift = ((new?[place] ?? 0) - factor * (change.oldBias?[place] ?? 0)) * unit
        let row = tensor.floats + (outer * units + place) * layout.inner
        for inner in 0..<layout.inner { row[inner] = Float(factor * Double(row[inner]) + shift) }
      }
    }
    let graph = plan.model.graph, weights = parameters.values(layer.weights, of: graph)
    if change.factors.count == 1 {
      let factor = Float(change.factors[0])
      for place in weights.indices { weights[place] *= factor }
    } else {
      let rows = layer.shape.rows, columns = weights.count / max(1, rows), parameter = graph.parameters[layer.weights]
      for row in 0..<rows {
        let factor = Float(change.factors[row])
        for column in 0..<columns { weights[parameter.storedPlace(row, column)] *= factor }
      }
    }
    for place in graph.parameters.indices where graph.parameters[place].lengths?.parameter == layer.weights {
      GraphWeights.updateLengths(place, of: graph, in: parameters)
    }
    if let bias = change.bias, let place = layer.bias {
      let values = parameters.values(place, of: graph)
      for (index, value) in bias.enumerated() { values[index] = Float(value) }
    }
  }
}
