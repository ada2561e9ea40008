import NetworkGraph
import OperatorKernels

extension LayerNorm: LoweredLayer {
  /// `z = gain (x - mean) / sqrt(variance + epsilon) + shift` over each row, a sample or a step of a sequence.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let columns = Self.columns(of: context.inputShapes[0])
    let rows = context.batch * context.inputShapes[0].count / columns
    let ones = TensorConstant(try TensorShape([columns]), .float32(Array(repeating: 1, count: columns)))
    var lowering = Lowering()
    lowering.add(
      LayerNormalization(epsilon: normalization.epsilon), try .signal([rows, columns]),
      try .tensor(0, [columns], where: normalization.hasGain) ?? .constant(ones),
      try .tensor(normalization.hasGain ? 1 : 0, [columns], where: normalization.hasShift))
    return lowering
  }
}
