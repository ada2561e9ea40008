import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let `where` = OperatorEntry("Where") { _ throws(SpecificationError) in Where() }
}

/// Elements of the second input where the first is true, and of the third elsewhere; all three repeated to a common shape.
struct Where: OperatorKernel {
  static let kind = "Where"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.aligned

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let condition = try inputs.required(0, of: Self.kind)
    let x = try inputs.required(1, of: Self.kind), y = try inputs.required(2, of: Self.kind)
    guard condition.type.element == .bool, x.type.element == y.type.element else {
      throw SpecificationError(
        "Where takes a condition and two tensors of one type, got \(condition.type.element.rawValue), "
          + "\(x.type.element.rawValue) and \(y.type.element.rawValue)", hint: damagedFile)
    }
    return [ValueType(x.type.element, try condition.shape.broadcast(with: x.shape.broadcast(with: y.shape)))]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let isRepeated = inputs.dropFirst().contains { $0.map { $0.shape.count != outputs[0].shape.count } ?? false }
    return KernelRequirements(backwardWorkspace: isRepeated ? outputs[0].shape.count : 0, readsInputs: [0])
  }

  func forward(_ call: ForwardCall) {
    let target = call.outputs[0], x = call.input(1), y = call.input(2)
    switch target.type.element {
    case .float32: choose(call, x.floats, y.floats, into: target.floats)
    case .int64: choose(call, x.integers, y.integers, into: target.integers)
    case .bool: choose(call, x.bools, y.bools, into: target.bools)
    }
  }

  @inline(__always)
  private func choose<Element>(
    _ call: ForwardCall, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>, into target: UnsafeMutablePointer<Element>
  ) {
    let condition = call.input(0), shape = call.outputs[0].shape
    let walk = Broadcasting([condition.shape, call.input(1).shape, call.input(2).shape], to: shape), inner = walk.inner
    let (sc, sx, sy) = (inner.strides[0], inner.strides[1], inner.strides[2]), extent = inner.extent
    call.team.split(walk.runs, grain: max(1, BinaryPass.grain / max(1, extent))) { runs in
      walk.forEachRun(runs) { run, offsets in
        let c = condition.bools + offsets[0], a = x + offsets[1], b = y + offsets[2], z = target + run * extent
        for i in 0..<extent { z[i] = c[i * sc] != 0 ? a[i * sx] : b[i * sy] }
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let condition = call.input(0), shape = call.outputs[0].shape
    for (place, isTaken) in [(1, true), (2, false)] {
      guard let target = call.target(place) else { continue }
      let own = call.input(place).shape, isWhole = own.count == shape.count, common = isWhole ? target : call.workspace
      let walk = Broadcasting([condition.shape], to: shape), inner = walk.inner, extent = inner.extent
      let step = inner.strides[0]
      call.team.split(walk.runs, grain: max(1, BinaryPass.grain / max(1, extent))) { runs in
        walk.forEachRun(runs) { run, offsets in
          let c = condition.bools + offsets[0], from = g + run * extent, to = common + run * extent
          for i in 0..<extent { to[i] = (c[i * step] != 0) == isTaken ? from[i] : 0 }
        }
      }
      if !isWhole { Broadcasting.reduce(common, from: shape, to: own, into: target) }
    }
  }
}
