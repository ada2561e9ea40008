import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let reshape = OperatorEntry("Reshape") { attributes throws(SpecificationError) in
    Reshape(allowsZero: try attributes.integer("allowzero", 0) != 0)
  }
}

/// The same elements in another shape. -1 stands for what is left, 0 for the input's extent or, with `allowzero`, for none.
struct Reshape: OperatorKernel {
  static let kind = "Reshape"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous
  let allowsZero: Bool

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard var extents = try inputs.integers(1, of: Self.kind) else {
      throw SpecificationError("Reshape needs a shape as input 2, which the node leaves out", hint: damagedFile)
    }
    let wanted = extents
    var open: Int?
    for (axis, extent) in wanted.enumerated() {
      if extent == -1 {
        guard open == nil else {
          throw SpecificationError("Reshape to \(wanted) has two extents of -1", hint: damagedFile)
        }
        open = axis
        extents[axis] = 1
      } else if extent == 0, !allowsZero {
        guard axis < data.shape.rank else {
          throw SpecificationError(
            "Reshape to \(wanted) keeps extent \(axis + 1) of a tensor of \(data.shape)", hint: damagedFile)
        }
        extents[axis] = data.shape[axis]
      }
    }
    let rest = try TensorShape(extents)
    if let open {
      guard rest.count > 0, data.shape.count % rest.count == 0 else { throw misfit(data.shape, wanted) }
      extents[open] = data.shape.count / rest.count
    }
    let shape = try TensorShape(extents)
    guard shape.count == data.shape.count else { throw misfit(data.shape, wanted) }
    return [ValueType(data.type.element, shape)]
  }

  private func misfit(_ shape: TensorShape, _ wanted: [Int]) -> SpecificationError {
    SpecificationError(
      "Reshape cannot make \(wanted) of \(shape.count) elements (\(shape))",
      hint: "If the file has another batch size built in, export it with a dynamic one")
  }

  /// Elements stay in their order.
  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? { inputs[0] }

  func forward(_ call: ForwardCall) { call.copyThrough() }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
