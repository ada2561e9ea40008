import NetworkGraph
import TensorKernels

/// All parameters of a network in one array, so that an optimizer needs a single pass over them.
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
  /// The number of values, padding between tensors included.
  let count: Int
  let values: UnsafeMutablePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  private let buffers: [FloatBuffer]
  private let pool: BufferPool?
  /// For each node, the index of its first tensor in `tensors`; one more at the end.
  private let starts: [Int]

  /// Makes room for the parameters, all of them zero.
  ///
  /// - Parameter pool: Where the memory comes from and goes back to; nil for memory of its own. Blocks that follow each
  ///   other then share it: the system clears fresh memory more slowly than a pass over it takes.
  convenience init(_ nodes: ArraySlice<Network.Node>, pool: BufferPool? = nil) throws(OutOfMemory) {
    try self.init(nodes.map { ($0.name, $0.parameters) }, pool: pool)
  }

  /// Makes room for the parameters of layers that are known by name, all of them zero.
  init(_ layers: [(name: String, parameters: [ParameterTensor])], pool: BufferPool? = nil) throws(OutOfMemory) {
    var tensors: [Tensor] = []
    var starts = [0]
    var end = 0
    for (index, layer) in layers.enumerated() {
      for parameter in layer.parameters {
        tensors.append(Tensor(node: index, layer: layer.name, parameter: parameter, offset: end))
        // Whole cache lines.
        end += (parameter.count + 15) / 16 * 16
      }
      starts.append(tensors.count)
    }
    self.tensors = tensors
    self.starts = starts
    count = max(16, end)
    self.pool = pool
    let values: FloatBuffer, gradients: FloatBuffer
    if let pool {
      (values, gradients) = (try pool.take(count), try pool.take(count))
    } else {
      (values, gradients) = (try FloatBuffer(capacity: count), try FloatBuffer(capacity: count))
    }
    values.pointer.update(repeating: 0, count: count)
    gradients.pointer.update(repeating: 0, count: count)
    buffers = [values, gradients]
    (self.values, self.gradients) = (values.pointer, gradients.pointer)
  }

  deinit {
    for buffer in buffers { pool?.give(buffer) }
  }

  /// The indices in `tensors` of a node's parameters, in their order.
  func tensors(of node: Int) -> Range<Int> { starts[node]..<starts[node + 1] }

  func value(_ tensor: Int) -> UnsafeMutablePointer<Float> { values + tensors[tensor].offset }
  func gradient(_ tensor: Int) -> UnsafeMutablePointer<Float> { gradients + tensors[tensor].offset }

  /// Draws every tensor from its law; data-dependent tensors get their starting values.
  func draw(_ assignment: InitializerAssignment, seed: UInt64, replica: Int) {
    for (index, tensor) in tensors.enumerated() {
      WeightSampler.draw(
        tensor.parameter, of: tensor.layer, law: assignment.law(for: tensor.parameter, of: tensor.layer), seed: seed,
        replica: replica, into: value(index))
    }
  }
}
