import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let trilu = OperatorEntry("Trilu") { attributes throws(SpecificationError) in
    Trilu(isUpper: try attributes.integer("upper", 1) != 0)
  }
}

/// The upper or lower triangle of matrices in the last two axes, zeros elsewhere; `k` moves the diagonal to the right.
struct Trilu: OperatorKernel {
  static let kind = "Trilu"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous
  let isUpper: Bool

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard data.shape.rank >= 2 else {
      throw SpecificationError("Trilu takes matrices, got a tensor of \(data.shape)", hint: damagedFile)
    }
    if inputs.optional(1) != nil, try inputs.indices(1, of: Self.kind).shape.count != 1 {
      throw SpecificationError("Trilu takes one number as input 2", hint: damagedFile)
    }
    return [data.type]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: inputs.count > 1 && inputs[1] != nil ? [1] : [])
  }

  /// Copies what lies in the triangle, and clears the rest.
  private func cut(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ shape: TensorShape, k: Int64, bytes: Int,
    team: any OperatorTeam
  ) {
    let columns = shape[shape.rank - 1], height = shape[shape.rank - 2]
    guard shape.count > 0 else { return }
    // Beyond the matrix nothing changes, and no sum overflows.
    let k = Int(min(max(k, -Int64(height) - 1), Int64(columns) + 1))
    team.split(shape.count / columns, grain: max(1, StridedWalk.grain / columns)) { rows in
      for row in rows {
        let diagonal = row % height + k
        // Upper: from the diagonal on; lower: up to and with it.
        let kept = isUpper ? min(max(diagonal, 0), columns)..<columns : 0..<min(max(diagonal + 1, 0), columns)
        let from = source + row * columns * bytes, to = target + row * columns * bytes
        to.initializeMemory(as: UInt8.self, repeating: 0, count: columns * bytes)
        (to + kept.lowerBound * bytes).copyMemory(from: from + kept.lowerBound * bytes, byteCount: kept.count * bytes)
      }
    }
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0), target = call.outputs[0]
    cut(
      source.memory, to: target.memory, source.shape, k: call.optional(1)?.integers[0] ?? 0, bytes: source.elementBytes,
      team: call.team)
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    cut(g, to: target, call.input(0).shape, k: call.optional(1)?.integers[0] ?? 0, bytes: 4, team: call.team)
  }
}
