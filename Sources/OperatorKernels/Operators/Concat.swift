import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let concat = OperatorEntry("Concat") { attributes throws(SpecificationError) in
    Concat(axis: try attributes.integer("axis", 0))
  }
}

/// Tensors one after the other along an axis; their other extents are equal.
struct Concat: OperatorKernel {
  static let kind = "Concat"
  let traits: OperatorTraits = [.permutes, .joins]
  let scaleLaw = ScaleLaw.aligned
  let axis: Int

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let first = try inputs.required(0, of: Self.kind), axis = try first.shape.axis(axis, of: Self.kind)
    var extents = first.shape.extents
    for place in inputs.indices.dropFirst() {
      let next = try inputs.required(place, of: Self.kind)
      let fits = next.shape.rank == extents.count && next.type.element == first.type.element
      guard fits, extents.indices.allSatisfy({ $0 == axis || extents[$0] == next.shape[$0] }) else {
        throw SpecificationError(
          "Concat cannot join \(first.shape) of \(first.type.element.rawValue) and \(next.shape) of "
            + "\(next.type.element.rawValue) along axis \(axis)", hint: damagedFile)
      }
      // Neither addend is above 2^48, and there are fewer than 2^15 inputs before the sum is checked again.
      let (sum, overflow) = extents[axis].addingReportingOverflow(next.shape[axis])
      extents[axis] = overflow ? -1 : sum
    }
    return [ValueType(first.type.element, try TensorShape(extents))]
  }

  /// Calls `body` with each input's place and the walk from it to the result.
  private func each(_ inputs: [TensorView?], _ result: TensorShape, _ body: (Int, StridedWalk) -> Void) {
    guard let axis = try? result.axis(axis, of: Self.kind) else { return }
    var start = 0
    for (place, input) in inputs.enumerated() {
      guard let input else { continue }
      body(
        place,
        StridedWalk(
          input.shape.extents, source: input.shape.strides, target: result.strides,
          targetStart: start * result.strides[axis]))
      start += input.shape[axis]
    }
  }

  func forward(_ call: ForwardCall) {
    let result = call.outputs[0]
    each(call.inputs, result.shape) { place, walk in
      walk.copy(call.input(place).memory, to: result.memory, bytes: result.elementBytes, team: call.team)
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    each(call.inputs, call.outputs[0].shape) { place, walk in
      if let target = call.target(place) { walk.copyBack(g, to: target, bytes: 4, team: call.team) }
    }
  }
}
