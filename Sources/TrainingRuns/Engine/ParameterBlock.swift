import NetworkGraph
import TensorKernels

/// All parameters of a network in one array, so that an optimizer takes one pass over them.
final class ParameterBlock {
  struct Tensor {
    var node: Int
    var layer: String
    var parameter: ParameterTensor
    var offset: Int
    var count: Int { parameter.count }
    var isWeight: Bool { parameter.role == .weight }
  }

  let tensors: [Tensor]
  /// Values, the zeros between tensors included.
  let count: Int
  let values: UnsafeMutablePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  private let buffers: [FloatBuffer]

  init(_ nodes: ArraySlice<Network.Node>) throws(OutOfMemory) {
    var tensors: [Tensor] = []
    var end = 0
    for (index, node) in nodes.enumerated() {
      for parameter in node.parameters {
        tensors.append(Tensor(node: index, layer: node.name, parameter: parameter, offset: end))
        // Whole cache lines.
        end += (parameter.count + 15) / 16 * 16
      }
    }
    self.tensors = tensors
    count = max(16, end)
    let values = try FloatBuffer(capacity: count), gradients = try FloatBuffer(capacity: count)
    values.pointer.update(repeating: 0, count: count)
    gradients.pointer.update(repeating: 0, count: count)
    buffers = [values, gradients]
    (self.values, self.gradients) = (values.pointer, gradients.pointer)
  }

  /// Places in `tensors` of a node's parameters, in their order.
  func tensors(of node: Int) -> [Int] { tensors.indices.filter { tensors[$0].node == node } }

  func value(_ tensor: Int) -> UnsafeMutablePointer<Float> { values + tensors[tensor].offset }
  func gradient(_ tensor: Int) -> UnsafeMutablePointer<Float> { gradients + tensors[tensor].offset }

  /// Draws every tensor from its law; data-dependent ones from where their scheme starts.
  func draw(_ assignment: InitializerAssignment, seed: UInt64, replica: Int) {
    for (index, tensor) in tensors.enumerated() {
      let buffer = UnsafeMutableBufferPointer(start: value(index), count: tensor.count)
      let law = assignment.law(for: tensor.parameter, of: tensor.layer)
      // The audit's streams: what is audited at step 0 is what is trained.
      let name = tensor.parameter.streamName(in: tensor.layer)
      let exponent: Int
      if tensor.isWeight {
        exponent = WeightSampler.fill(
          buffer, law: law.start(for: tensor.parameter.shape), shape: tensor.parameter.shape,
          stream: RandomStream(seed: seed, replica: replica, node: name, tensor: .weight))
      } else if case .constant(let constant) = law {
        buffer.update(repeating: Float(constant))
        exponent = 0
      } else {
        exponent = WeightSampler.fillBias(
          buffer, law: law, shape: tensor.parameter.shape,
          stream: RandomStream(seed: seed, replica: replica, node: name, tensor: .bias))
      }
      if exponent != 0 {
        let scale = Double(sign: .plus, exponent: exponent, significand: 1)
        for place in buffer.indices { buffer[place] = Float(Double(buffer[place]) * scale) }
      }
    }
  }
}

extension WeightLaw {
  /// What the weights are drawn from at first: the law itself, or a data-dependent scheme's starting point.
  func start(for shape: WeightShape) -> WeightLaw {
    switch self {
    case .dataDependent(.lsuv): .orthogonal(gain: 1, transposed: false)
    case .dataDependent(.withinLayer): .normal(mean: 0, std: 1 / Double(shape.fans.fanIn).squareRoot())
    default: self
    }
  }
}
