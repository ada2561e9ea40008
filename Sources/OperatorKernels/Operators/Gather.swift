import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let gather = OperatorEntry("Gather") { attributes throws(SpecificationError) in
    Gather(axis: try attributes.integer("axis", 0))
  }
}

/// Slices of a tensor along an axis, by their numbers; negative numbers count from the end.
struct Gather: OperatorKernel {
  static let kind = "Gather"
  let traits: OperatorTraits = [.permutes, .selects]
  let scaleLaw = ScaleLaw.homogeneous
  let axis: Int

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), indices = try inputs.indices(1, of: Self.kind)
    let axis = try data.shape.axis(axis, of: Self.kind)
    return [
      ValueType(
        data.type.element,
        try TensorShape(
          Array(data.shape.extents[..<axis]) + indices.shape.extents + Array(data.shape.extents[(axis + 1)...])))
    ]
  }

  func carriesGradient(toInput input: Int) -> Bool { input == 0 }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [1])
  }

  func forward(_ call: ForwardCall) throws {
    let (data, indices) = call.pair, target = call.outputs[0]
    let (before, extent, after) = data.shape.around(try data.shape.axis(axis, of: Self.kind))
    try Indices.check(indices, extent: extent, of: Self.kind)
    let row = after * data.elementBytes, count = indices.count, place = indices.integers
    guard row > 0, count > 0 else { return }
    call.team.split(before * count, grain: max(1, (StridedWalk.grain * 4) / row)) { piece in
      for slice in piece {
        let (outer, which) = (slice / count, slice % count)
        let from = outer * extent + Indices.wrapped(place[which], extent)
        (target.memory + slice * row).copyMemory(from: data.memory + from * row, byteCount: row)
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let data = call.input(0), indices = call.input(1), count = indices.count, place = indices.integers
    guard let axis = try? data.shape.axis(axis, of: Self.kind) else { return }
    let (before, extent, after) = data.shape.around(axis)
    // Each block sums into slices of its own, in the order of the indices.
    let blocks = extent * after >= StridedWalk.grain ? min(extent, 8) : 1, rows = (extent + blocks - 1) / max(1, blocks)
    call.team.run(blocks: before * blocks) { block in
      let outer = block / blocks, first = (block % blocks) * rows, last = min(extent, first + rows)
      guard first < last else { return }
      (target + (outer * extent + first) * after).update(repeating: 0, count: (last - first) * after)
      for which in 0..<count {
        let row = Indices.wrapped(place[which], extent)
        guard row >= first, row < last else { continue }
        Elementwise.add(g + (outer * count + which) * after, to: target + (outer * extent + row) * after, count: after)
      }
    }
  }
}
