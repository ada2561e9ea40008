import Glibc
import NetworkGraph
import TensorKernels

/// Draws the weights of each node when they are needed, and keeps them where memory allows.
///
/// Streams are counter-based, so that weights drawn a second time are the same to the bit.
final class WeightStore {
  private let network: Network
  private let assignment: InitializerAssignment
  private let seed: UInt64
  private let replica: Int
  private let keeps: Bool
  private let given: GivenTensors
  private let pool: BufferPool
  private var kept: [LayerWeights?]
  /// The factors that a data-dependent scheme found for a node, applied again when its weights are drawn again.
  private var rescalings: [Int: [Rescaling]] = [:]
  private var measuredRMS: [Int: Double] = [:]

  /// A factor by which a data-dependent scheme multiplied the drawn weights, and the bias that it set.
  enum Rescaling {
    /// All weights are multiplied by `factor * 2^exponent`.
    case scalar(factor: Float, exponent: Double)
    case perUnit(factors: [Float], bias: [Double])
  }

  init(
    network: Network, assignment: InitializerAssignment, seed: UInt64, replica: Int, keeps: Bool, given: GivenTensors,
    pool: BufferPool
  ) {
    self.network = network
    self.assignment = assignment
    self.seed = seed
    self.replica = replica
    self.keeps = keeps
    self.given = given
    self.pool = pool
    kept = Array(repeating: nil, count: network.nodes.count)
  }

  func stream(_ tensor: RandomStream.Tensor, node: Int) -> RandomStream {
    RandomStream(seed: seed, replica: replica, node: network.nodes[node].name, tensor: tensor)
  }

  /// The random stream of a node's tensor other than its first weights.
  func stream(_ purpose: RandomStream.Tensor, _ tensor: ParameterTensor, node index: Int) -> RandomStream {
    RandomStream(seed: seed, replica: replica, node: tensor.path(in: network.nodes[index].name), tensor: purpose)
  }

  /// The random stream of a parameter tensor. It is the same as in training, so that what is audited is what is trained.
  private func stream(of tensor: ParameterTensor, law: WeightLaw, node index: Int) -> RandomStream {
    RandomStream(
      seed: seed, replica: replica, node: tensor.streamName(in: network.nodes[index].name, law: law),
      tensor: tensor.role == .weight ? .weight : .bias)
  }

  /// The weights of a node, drawn unless they were kept; nil for a node without weights.
  func weights(of index: Int) throws -> LayerWeights? {
    if let weights = kept[index] { return weights }
    let node = network.nodes[index]
    guard let tensor = node.parameters.first(where: { $0.role == .weight }) else { return nil }
    let shape = tensor.shape, law = assignment.law(for: tensor, of: node.name)
    let signal = try ScaledSignal(rows: shape.rows, columns: shape.columns, pool: pool)
    if let values = given.weights[node.name] {
      precondition(values.count == signal.count, "\(values.count) weights given to \(node.name), which has \(signal.count)")
      signal.data.update(from: values, count: values.count)
    } else {
      let buffer = UnsafeMutableBufferPointer(start: signal.data, count: signal.count)
      signal.exponent = Double(
        WeightSampler.fill(
          buffer, law: law.start(for: shape), shape: shape, stream: stream(of: tensor, law: law, node: index)))
    }
    signal.log2RMS = measuredRMS[index]
    let bias = drawBias(index)
    let weights = LayerWeights(weights: signal, bias: bias.values, log2BiasRMS: bias.log2RMS)
    for rescaling in rescalings[index] ?? [] { apply(rescaling, to: weights) }
    if keeps { kept[index] = weights }
    return weights
  }

  /// The law from which a node's parameter tensor is drawn.
  func law(of tensor: ParameterTensor, node index: Int) -> WeightLaw {
    assignment.law(for: tensor, of: network.nodes[index].name)
  }

  /// Draws a node's parameter tensor, other than its first weights, in true units.
  func fill(_ target: UnsafeMutablePointer<Float>, _ tensor: ParameterTensor, node index: Int) {
    let name = network.nodes[index].name
    if let values = given.parameters["\(name)/\(tensor.name)"] {
      precondition(values.count == tensor.count, "\(values.count) values given to \(name)/\(tensor.name) of \(tensor.count)")
      target.update(from: values, count: values.count)
      return
    }
    WeightSampler.draw(
      tensor, of: name, law: assignment.law(for: tensor, of: name), seed: seed, replica: replica, into: target)
  }

  /// Draws a parameter that is a single value.
  func scalar(_ tensor: ParameterTensor, node index: Int) -> Float {
    var value: Float = 0
    fill(&value, tensor, node: index)
    return value
  }

  /// log2 of the measured root mean square; nil for zero weights.
  func log2RMS(of index: Int) -> Double? { measuredRMS[index] }

  /// Remembers the measured size, for weights that are drawn again.
  func note(log2RMS: Double?, of index: Int) { measuredRMS[index] = log2RMS }

  /// Rescales a node's weights as a data-dependent scheme says, now and whenever they are drawn again.
  func rescale(_ weights: LayerWeights, of index: Int, by rescaling: Rescaling) {
    apply(rescaling, to: weights)
    rescalings[index, default: []].append(rescaling)
  }

  private func apply(_ rescaling: Rescaling, to weights: LayerWeights) {
    let signal = weights.weights
    switch rescaling {
    case .scalar(let factor, let exponent):
      Elementwise.scale(signal.data, by: factor, count: signal.count)
      signal.exponent += exponent
    case .perUnit(let factors, let bias):
      for unit in 0..<signal.rows {
        Elementwise.scale(signal.data + unit * signal.columns, by: factors[unit], count: signal.columns)
      }
      weights.bias = bias
      weights.log2BiasRMS = rms(bias)
    }
  }

  private func drawBias(_ index: Int) -> (values: [Double]?, log2RMS: Double?) {
    let node = network.nodes[index]
    if let given = given.biases[node.name] {
      let values = given.map(Double.init)
      return (values, rms(values))
    }
    guard let tensor = node.parameters.first(where: { $0.role == .bias }), let law = assignment.biasLaw(for: node),
      law != .constant(0)
    else { return (nil, nil) }
    var stored = [Float](repeating: 0, count: tensor.count)
    let exponent = stored.withUnsafeMutableBufferPointer {
      WeightSampler.fillBias($0, law: law, shape: tensor.shape, stream: stream(of: tensor, law: law, node: index))
    }
    let values = stored.map { Scale.apply(Double(exponent), to: Double($0)) }
    return (values, rms(values))
  }

  /// log2 of the root mean square; nil for zeros and where a value is not finite.
  private func rms(_ values: [Double]) -> Double? {
    // Squares are taken relative to the largest, so that they stay within Double.
    guard let largest = values.lazy.map(abs).max(), largest > 0, largest.isFinite else { return nil }
    let mean = values.reduce(0.0) { $0 + ($1 / largest) * ($1 / largest) } / Double(values.count)
    return mean.isFinite ? log2(largest) + log2(mean) / 2 : nil
  }
}
