import NetworkGraph
import OperatorKernels

extension Dense: LoweredLayer {
  /// `z = x W^T + b` of rows, samples or steps; W has a row for each unit.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let inputs = weightShape(from: context.inputShapes)?.inputs ?? context.inputShapes[0].count
    let rows = context.batch * context.inputShapes[0].count / inputs
    var lowering = Lowering()
    lowering.add(
      Gemm(transposesB: true), try .signal([rows, inputs]), try .tensor(0, [units, inputs]),
      try .tensor(1, [units], where: hasBias))
    return lowering
  }
}
