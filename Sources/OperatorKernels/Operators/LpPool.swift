import CTensorKernels
import NetworkGraph

extension OperatorEntry {
  static let lpPool = OperatorEntry("LpPool") { attributes throws(SpecificationError) in try LpPool(attributes) }
}

/// The p-norm of each window.
public struct LpPool: OperatorKernel {
  public static let kind = "LpPool"
  public let traits: OperatorTraits = [.pools]
  public let scaleLaw = ScaleLaw.homogeneous
  let window: WindowAttributes
  let p: Float

  /// Reads the operator from a node's attributes.
  ///
  /// - Parameter attributes: The node's attributes.
  /// - Throws: `SpecificationError` for values outside their domain.
  public init(_ attributes: OperatorAttributes) throws(SpecificationError) {
    window = try WindowAttributes(attributes, of: Self.kind)
    let p = try attributes.integer("p", 2)
    guard p >= 1, p <= 1 << 20 else {
      throw SpecificationError("LpPool's p must be at least 1, got \(p)", hint: "Export the model again")
    }
    self.p = Float(p)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(.float32, try window.pool(inputs, of: Self.kind).1)]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [0], readsOutputs: [0])
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), pass = window.pool(x.shape, of: Self.kind), z = call.outputs[0].floats
    pass.split(call.team) { first, count in
      var windows = pass.windows
      initscope_window_norm(&windows, x.floats + first * pass.inputCount, count, p, z + first * pass.outputCount)
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0), pass = window.pool(x.shape, of: Self.kind), y = call.outputs[0].floats
    pass.split(call.team) { first, count in
      var windows = pass.windows
      let input = first * pass.inputCount, output = first * pass.outputCount
      initscope_window_norm_gradient(&windows, g + output, x.floats + input, y + output, count, p, target + input)
    }
  }
}
