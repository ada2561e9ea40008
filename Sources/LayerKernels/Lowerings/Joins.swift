import NetworkGraph
import OperatorKernels

extension Flatten: LoweredLayer {
  /// The same values, which are row-major already.
  public func lowering(_ context: KernelContext) throws -> Lowering { try Lowering(copying: context) }
}

extension ActivationLayer: LoweredLayer {
  /// The same values; the activation follows every layer's operators.
  public func lowering(_ context: KernelContext) throws -> Lowering { try Lowering(copying: context) }
}

extension Concatenate: LoweredLayer {
  /// Signals side by side: each row is a sample, or a step of one.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let steps = if case .sequence(let steps, _) = context.outputShape { steps } else { 1 }
    let rows = context.batch * steps
    var lowering = Lowering()
    try lowering.add(
      "Concat", attributes: ["axis": 1],
      of: try context.inputShapes.enumerated().map { try .signal([rows, $1.count / steps], of: $0) })
    return lowering
  }
}

extension Lowering {
  /// The layer's only input.
  fileprivate init(copying context: KernelContext) throws {
    self.init()
    try add("Identity", of: [try .signal([context.batch * context.outputShape.count])])
  }
}
