import NetworkGraph
import OperatorKernels

extension Embedding: LoweredLayer {
  /// Rows of a table by token ids, which are held as floats. Ids outside the table, which readers of data refuse, are moved
  /// to its ends.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    var lowering = Lowering()
    // 7 is ONNX's code for int64.
    let ids = try lowering.add(
      "Cast", attributes: ["to": 7], of: [try .signal([context.batch, context.inputShapes[0].count])])
    let rows = try lowering.add("Clip", of: [ids, try .integer(0), try .integer(vocabulary - 1)])
    try lowering.add("Gather", of: [try .tensor(0, [vocabulary, dimension]), rows])
    return lowering
  }
}
