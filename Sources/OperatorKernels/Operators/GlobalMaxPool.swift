import NetworkGraph

extension OperatorEntry {
  static let globalMaxPool = OperatorEntry("GlobalMaxPool") { _ throws(SpecificationError) in GlobalMaxPool() }
}

/// The largest value of each channel of each sample. Of equal values the first receives the gradient.
public struct GlobalMaxPool: OperatorKernel {
  public static let kind = "GlobalMaxPool"
  public let traits: OperatorTraits = [.pools, .takesLargest]
  public let scaleLaw = ScaleLaw.homogeneous

  public init() {}

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(.float32, try GlobalAveragePool.sizes(try inputs.float(0, of: Self.kind).shape, of: Self.kind))]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [0])
  }

  private func largest(_ row: UnsafePointer<Float>, _ columns: Int) -> Int {
    var place = 0
    for column in 1..<max(1, columns) where row[column] > row[place] || row[column].isNaN { place = column }
    return place
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), columns = x.shape.count(of: 2..<x.shape.rank), z = call.outputs[0].floats
    call.team.split(call.outputs[0].count, grain: max(1, BinaryPass.grain / columns)) { piece in
      for row in piece { z[row] = x.floats[row * columns + largest(x.floats + row * columns, columns)] }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0), columns = x.shape.count(of: 2..<x.shape.rank)
    target.update(repeating: 0, count: x.count)
    for row in 0..<call.outputs[0].count {
      target[row * columns + largest(x.floats + row * columns, columns)] = g[row]
    }
  }
}
