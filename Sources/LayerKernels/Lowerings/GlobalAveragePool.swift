import NetworkGraph
import OperatorKernels

extension NetworkGraph.GlobalAveragePool: LoweredLayer {
  /// The mean over an image's or a sequence's positions.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let input = context.inputShapes[0].dimensions, x = try Lowering.Operand.signal([context.batch] + input)
    var lowering = Lowering()
    if input.count == 3 {
      lowering.add(OperatorKernels.GlobalAveragePool(), x)
    } else {
      try lowering.add("ReduceMean", attributes: ["keepdims": 0], of: [x, try .integers(1)])
    }
    return lowering
  }
}
