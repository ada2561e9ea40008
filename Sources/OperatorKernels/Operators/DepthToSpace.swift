import NetworkGraph

extension OperatorEntry {
  static let depthToSpace = OperatorEntry("DepthToSpace") { attributes throws(SpecificationError) in
    DepthToSpace(move: try BlockMove(attributes, of: DepthToSpace.kind))
  }
}

/// Spreads channels over blocks of neighbouring places.
public struct DepthToSpace: OperatorKernel {
  public static let kind = "DepthToSpace"
  public let traits: OperatorTraits = [.permutes]
  public let scaleLaw = ScaleLaw.homogeneous
  let move: BlockMove

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [try move.result(try inputs.required(0, of: Self.kind).type, toSpace: true)]
  }

  public func forward(_ call: ForwardCall) { move.forward(call, toSpace: true) }

  public func backward(_ call: BackwardCall) { move.backward(call, toSpace: true) }
}
