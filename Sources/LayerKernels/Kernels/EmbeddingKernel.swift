import CTensorKernels
import NetworkGraph
import TensorKernels

/// Looks up rows of a table by token ids, which are held as floats.
///
/// The gradient with respect to the table is dense, as its target must be overwritten: it is zeroed at memory speed, and
/// only the rows of ids that occur are added to. Ids have no gradient; a caller that asks for one gets zeros.
final class EmbeddingKernel: LayerKernel {
  private let vocabulary: Int
  private let dimension: Int
  /// The number of ids in the whole batch.
  private let count: Int

  let scaling = KernelScaling.absolute
  let memory = KernelMemory()

  init(_ layer: Embedding, _ context: KernelContext) {
    vocabulary = layer.vocabulary
    dimension = layer.dimension
    count = context.batch * context.inputShapes[0].count
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    initscope_gather_rows(parameters[0], vocabulary, dimension, inputs[0], count, z)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    inputGradients[0]?.update(repeating: 0, count: count)
    guard let target = parameterGradients.first ?? nil else { return }
    target.update(repeating: 0, count: vocabulary * dimension)
    initscope_scatter_add_rows(gradient, inputs[0], count, target, vocabulary, dimension)
  }
}
