import Execution
import NetworkGraph
import TensorKernels

/// The moments of one value of a graph in one replica.
struct GraphValueReading: Sendable {
  var value: ValueID
  var mean: Double
  /// About the mean, divisor n - 1.
  var variance: Double
  var secondMoment: Double
  var gradientSecondMoment: Double?
}

/// Measures every float value of a graph while another observer measures its layers.
final class ValueObserver: ExecutionObserver {
  private let layers: PointObserver
  private var found: [ValueID: GraphValueReading] = [:]

  init(besides layers: PointObserver) { self.layers = layers }

  /// The readings in the order of the graph's values.
  var readings: [GraphValueReading] { found.values.sorted { $0.value.index < $1.value.index } }

  func computed(_ value: ValueID, _ tensor: Tensor) throws {
    try layers.computed(value, tensor)
    guard tensor.type.element == .float32, tensor.count > 0 else { return }
    let count = Double(tensor.count), values = UnsafeBufferPointer(start: tensor.floats, count: tensor.count)
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let secondMoment = Elementwise.sumOfSquares(tensor.floats, count: tensor.count) / count
    found[value] = GraphValueReading(
      value: value, mean: Scale.apply(tensor.exponent, to: mean),
      variance: Scale.apply(2 * tensor.exponent, to: squares / max(1, count - 1)),
      secondMoment: Scale.apply(2 * tensor.exponent, to: secondMoment))
  }

  func computed(gatesOf node: Int, _ gates: Tensor, states: [Double]) throws {
    try layers.computed(gatesOf: node, gates, states: states)
  }

  func gradient(ofGatesOf node: Int, _ gates: Tensor, states: [Double]) throws {
    try layers.gradient(ofGatesOf: node, gates, states: states)
  }

  func gradient(of value: ValueID, _ gradient: Tensor) throws {
    try layers.gradient(of: value, gradient)
    guard gradient.count > 0, found[value] != nil else { return }
    found[value]?.gradientSecondMoment =
      GradientSize(of: gradient.floats, count: gradient.count, exponent: gradient.exponent).secondMoment
  }
}

extension GraphAudit {
  /// Every value over replicas; nil where they were not asked for.
  func values(_ replicas: [ReplicaReading]) -> [ValueSummary]? {
    guard plan.measuresEveryValue, let first = replicas.first else { return nil }
    let graph = plan.model.graph
    return first.values.indices.map { place in
      let all = replicas.compactMap { $0.values.indices.contains(place) ? $0.values[place] : nil }, count = Double(all.count)
      let gradients = all.compactMap(\.gradientSecondMoment)
      var operation = "input"
      if case .result(let node, _) = graph[first.values[place].value].source { operation = graph.nodes[node].operation.kind }
      return ValueSummary(
        name: graph[first.values[place].value].name, operation: operation,
        mean: all.reduce(0) { $0 + $1.mean } / count, variance: all.reduce(0) { $0 + $1.variance } / count,
        secondMoment: all.reduce(0) { $0 + $1.secondMoment } / count,
        gradientSecondMoment: gradients.isEmpty ? nil : gradients.reduce(0, +) / Double(gradients.count))
    }
  }
}
