import NetworkGraph

extension OperatorEntry {
  static let spaceToDepth = OperatorEntry("SpaceToDepth") { attributes throws(SpecificationError) in
    SpaceToDepth(move: try BlockMove(attributes, of: SpaceToDepth.kind))
  }
}

/// Gathers blocks of neighbouring places into channels.
public struct SpaceToDepth: OperatorKernel {
  public static let kind = "SpaceToDepth"
  public let traits: OperatorTraits = [.permutes]
  public let scaleLaw = ScaleLaw.homogeneous
  let move: BlockMove

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [try move.result(try inputs.required(0, of: Self.kind).type, toSpace: false)]
  }

  public func forward(_ call: ForwardCall) { move.forward(call, toSpace: false) }

  public func backward(_ call: BackwardCall) { move.backward(call, toSpace: false) }
}
