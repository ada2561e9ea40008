import NetworkGraph
import OperatorKernels

extension SelfAttention: LoweredLayer {
  /// Query, key and value by a product each, attention of all heads side by side, and a product of its result.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let shape = context.inputShapes[0].dimensions, (steps, features) = (shape[0], shape[1])
    let rows = context.batch * steps, x = try Lowering.Operand.signal([rows, features])
    var lowering = Lowering()
    func project(_ part: Int, _ input: Lowering.Operand) throws -> Lowering.Operand {
      lowering.add(
        Gemm(transposesB: true), input, try .tensor(part, [features, features]),
        try .tensor(4 + part, [features], where: hasBias))
    }
    let parts = try (0..<3).map { try project($0, x) }
    let views = try parts.map { try $0.viewed(as: [context.batch, steps, features]) }
    let joined = lowering.add(
      Attention(heads: heads, groups: heads, isCausal: isCausal), views[0], views[1], views[2])
    _ = try project(3, try joined.viewed(as: [rows, features]))
    return lowering
  }
}
