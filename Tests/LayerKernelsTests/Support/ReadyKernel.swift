import LayerKernels
import TensorKernels

extension KernelCatalogue {
  /// Makes a kernel that has its memory.
  static func ready(_ context: KernelContext, name: String) throws -> any LayerKernel {
    let kernel = try make(context, name: name)
    try kernel.memory.take(for: .both, from: BufferPool())
    return kernel
  }
}
