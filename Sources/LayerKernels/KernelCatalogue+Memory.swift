import NetworkGraph
import TensorKernels

extension KernelCatalogue {
  /// Bytes of the arrays that a layer's kernel takes beside its parameters, its inputs and its result; in Double, which no
  /// network overflows.
  ///
  /// - Parameters:
  ///   - node: The layer with its shapes.
  ///   - batch: The number of samples.
  /// - Returns: What a pass forward leaves for the pass backward, and what one pass needs beside it.
  package static func arrayBytes(_ node: Network.Node, batch: Int) -> (kept: Double, workspace: Double) {
    let first = node.inputShapes.first?.dimensions.first ?? 1
    // No array is larger than this: the gates of a recurrent layer at all steps, or a convolution's copies.
    let bound = 8 * Double(batch) * Double(first) * Double(node.shape.count)
    guard bound < 0x1p58 else { return (0x1p61, 0) }
    // A kernel declares its arrays when it is made, and takes those that grow with the batch with a pass.
    let context = KernelContext(
      layer: node.layer, inputShapes: node.inputShapes, outputShape: node.shape, batch: batch,
      stream: RandomStream(seed: 0, replica: 0, node: node.name, tensor: .mask))
    do {
      let bytes = try make(context, name: node.name).memory.bytes
      return (Double(bytes.kept), Double(bytes.workspace))
    } catch is OutOfMemory {
      return (0x1p61, 0)
    } catch {
      // The audit refuses such a layer by itself.
      return (0, 0)
    }
  }
}
