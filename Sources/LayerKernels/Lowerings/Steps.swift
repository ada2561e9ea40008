import NetworkGraph
import OperatorKernels

extension LastStep: LoweredLayer {
  /// The last step of each sample's sequence.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let input = context.inputShapes[0].dimensions, steps = input[0]
    var lowering = Lowering()
    try lowering.add(
      "Slice", of: [try .signal([context.batch] + input), try .integers(steps - 1), try .integers(steps), try .integers(1)])
    return lowering
  }
}

extension Reverse: LoweredLayer {
  /// Each sample's steps from the last to the first.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let input = context.inputShapes[0].dimensions, steps = input[0]
    var lowering = Lowering()
    try lowering.add(
      "Slice",
      of: [
        try .signal([context.batch] + input), try .integers(steps - 1), try .integers(-steps - 1), try .integers(1),
        try .integers(-1),
      ])
    return lowering
  }
}
