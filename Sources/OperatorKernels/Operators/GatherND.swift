import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let gatherND = OperatorEntry("GatherND") { attributes throws(SpecificationError) in
    GatherND(batchAxes: try attributes.integer("batch_dims", 0))
  }
}

/// Parts of a tensor, each named by a row of indices into its leading axes; the first `batchAxes` axes are shared with the
/// indices.
struct GatherND: OperatorKernel {
  static let kind = "GatherND"
  let traits: OperatorTraits = [.permutes, .selects]
  let scaleLaw = ScaleLaw.homogeneous
  let batchAxes: Int

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), indices = try inputs.indices(1, of: Self.kind)
    let (shape, rows) = (data.shape, indices.shape)
    guard rows.rank > 0, batchAxes >= 0, batchAxes < rows.rank, batchAxes <= shape.rank,
      rows[rows.rank - 1] <= shape.rank - batchAxes,
      Array(rows.extents[..<batchAxes]) == Array(shape.extents[..<batchAxes])
    else {
      throw SpecificationError(
        "GatherND cannot use indices of \(rows) on a tensor of \(shape) with \(batchAxes) shared axes", hint: damagedFile)
    }
    let extents = rows.extents.dropLast() + shape.extents.dropFirst(batchAxes + rows[rows.rank - 1])
    return [ValueType(data.type.element, try TensorShape(Array(extents)))]
  }

  func carriesGradient(toInput input: Int) -> Bool { input == 0 }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [1])
  }

  func forward(_ call: ForwardCall) throws {
    let (data, indices) = call.pair, target = call.outputs[0]
    let rows = IndexRows(data.shape, indices, batchAxes: batchAxes), bytes = rows.part * data.elementBytes
    try rows.check(of: Self.kind)
    call.team.split(rows.count, grain: max(1, StridedWalk.grain / max(1, bytes))) { piece in
      for row in piece {
        (target.memory + row * bytes).copyMemory(
          from: data.memory + rows.start(row) * data.elementBytes, byteCount: bytes)
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let data = call.input(0), rows = IndexRows(data.shape, call.input(1), batchAxes: batchAxes)
    target.update(repeating: 0, count: data.count)
    for row in 0..<rows.count {
      Elementwise.add(g + row * rows.part, to: target + rows.start(row), count: rows.part)
    }
  }
}
