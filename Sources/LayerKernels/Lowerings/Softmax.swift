import NetworkGraph
import OperatorKernels

extension NetworkGraph.Softmax: LoweredLayer {
  /// The softmax of each row of features.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let columns = context.outputShape.dimensions.last ?? 1
    var lowering = Lowering()
    lowering.add(
      OperatorKernels.Softmax(), try .signal([context.batch * context.outputShape.count / columns, columns]))
    return lowering
  }
}
