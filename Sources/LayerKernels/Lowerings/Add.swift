import NetworkGraph
import OperatorKernels

extension Add: LoweredLayer {
  /// `z = x_1 + g (x_2 + ...)`; g is 1 for a sum without gain.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let count = context.batch * context.outputShape.count
    let inputs = try context.inputShapes.indices.map { try Lowering.Operand.signal([count], of: $0) }
    var lowering = Lowering()
    func sum(_ operands: [Lowering.Operand]) throws -> Lowering.Operand {
      // Two inputs are the rule, and the faster operator.
      switch operands.count {
      case 1: operands[0]
      case 2: lowering.add(Addition(), operands[0], operands[1])
      default: try lowering.add("Sum", of: operands)
      }
    }
    guard hasGain else {
      _ = try sum(inputs)
      return lowering
    }
    let rest = try sum(Array(inputs.dropFirst()))
    let scaled = try lowering.add("Mul", of: [rest, try .tensor(0, [1])])
    lowering.add(Addition(), inputs[0], scaled)
    return lowering
  }
}
