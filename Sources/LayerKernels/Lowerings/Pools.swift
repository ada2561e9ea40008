import NetworkGraph
import OperatorKernels

extension NetworkGraph.MaxPool: LoweredLayer {
  /// The largest value of each window. The gradient goes to its place.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    try pooling(context) { OperatorKernels.MaxPool($0) }
  }
}

extension NetworkGraph.AveragePool: LoweredLayer {
  /// The mean of each window's values.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    try pooling(context) { OperatorKernels.AveragePool($0) }
  }
}

extension PoolLayer {
  /// A pool over images, or over sequences with their features last.
  fileprivate func pooling(
    _ context: KernelContext, _ operation: (WindowAttributes) -> any OperatorKernel
  ) throws -> Lowering {
    let input = context.inputShapes[0].dimensions, isImage = input.count == 3
    let axes = try axes(over: isImage ? Array(input[1...]) : [input[0]])
    var lowering = Lowering()
    lowering.add(operation(WindowAttributes(axes, hasChannelsLast: !isImage)), try .signal([context.batch] + input))
    return lowering
  }
}
