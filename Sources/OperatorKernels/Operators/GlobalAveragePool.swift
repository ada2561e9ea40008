import CTensorKernels
import NetworkGraph

extension OperatorEntry {
  static let globalAveragePool = OperatorEntry("GlobalAveragePool") { _ throws(SpecificationError) in GlobalAveragePool() }
}

/// The mean of each channel of each sample.
public struct GlobalAveragePool: OperatorKernel {
  public static let kind = "GlobalAveragePool"
  public let traits: OperatorTraits = [.pools, .averages]
  public let scaleLaw = ScaleLaw.homogeneous

  public init() {}

  /// Rows of samples and channels, and values of each, with the shape of the result.
  static func sizes(_ shape: TensorShape, of kind: String) throws(SpecificationError) -> TensorShape {
    guard shape.rank >= 2, shape.count(of: 2..<shape.rank) > 0 else {
      throw SpecificationError("\(kind) takes samples x channels x extents, got \(shape)", hint: "Export the model again")
    }
    return try TensorShape([shape[0], shape[1]] + shape.extents.dropFirst(2).map { _ in 1 })
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(.float32, try Self.sizes(try inputs.float(0, of: Self.kind).shape, of: Self.kind))]
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), rows = call.outputs[0].count, z = call.outputs[0].floats
    let columns = x.shape.count(of: 2..<x.shape.rank)
    call.team.split(rows, grain: max(1, BinaryPass.grain / columns)) { piece in
      initscope_row_means(x.floats + piece.lowerBound * columns, piece.count, columns, z + piece.lowerBound)
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0), columns = x.shape.count(of: 2..<x.shape.rank)
    call.team.split(call.outputs[0].count, grain: max(1, BinaryPass.grain / columns)) { piece in
      initscope_row_means_gradient(g + piece.lowerBound, piece.count, columns, target + piece.lowerBound * columns)
    }
  }
}
