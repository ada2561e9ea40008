import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let split = OperatorEntry("Split") { attributes throws(SpecificationError) in
    Split(
      axis: try attributes.integer("axis", 0), sizes: attributes.version < 13 ? try attributes.integers("split") : nil,
      count: attributes.outputCount)
  }
}

/// Parts of a tensor along an axis: of the given sizes, or of equal ones, where the last may be smaller.
struct Split: OperatorKernel {
  static let kind = "Split"
  let traits: OperatorTraits = [.permutes, .selects]
  let scaleLaw = ScaleLaw.homogeneous
  let axis: Int
  /// The attribute of operator sets before 13; nil where sizes are the second input, or left out.
  let sizes: [Int]?
  let count: Int

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), axis = try data.shape.axis(axis, of: Self.kind)
    let extent = data.shape[axis]
    var parts: [Int] = []
    if let given = try inputs.integers(1, of: Self.kind, orAttribute: sizes) {
      parts = given
    } else if count > 0 {
      let size = (extent + count - 1) / count
      // A part may be empty where there are more parts than elements.
      parts = (0..<count).map { max(0, min(size, extent - $0 * size)) }
    }
    var sum = 0
    for part in parts where part >= 0 && part <= extent && sum <= extent { sum += part }
    guard parts.count == count, sum == extent, parts.allSatisfy({ $0 >= 0 && $0 <= extent }) else {
      throw SpecificationError(
        "Split cannot cut axis \(axis) of \(data.shape) into \(count) parts of sizes \(parts.prefix(16))",
        hint: damagedFile)
    }
    var types: [ValueType] = []
    for part in parts {
      var extents = data.shape.extents
      extents[axis] = part
      types.append(ValueType(data.type.element, try TensorShape(extents)))
    }
    return types
  }

  private func each(_ source: TensorShape, _ outputs: [TensorView], _ body: (Int, StridedWalk) -> Void) {
    guard let axis = try? source.axis(axis, of: Self.kind) else { return }
    var start = 0
    for (slot, output) in outputs.enumerated() {
      body(slot, StridedWalk(filling: output.shape, source: source.strides, start: start * source.strides[axis]))
      start += output.shape[axis]
    }
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0)
    each(source.shape, call.outputs) { slot, walk in
      walk.copy(source.memory, to: call.outputs[slot].memory, bytes: source.elementBytes, team: call.team)
    }
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.target(0) else { return }
    if call.outputGradients.contains(where: { $0 == nil }) { target.update(repeating: 0, count: call.input(0).count) }
    each(call.input(0).shape, call.outputs) { slot, walk in
      if let g = call.outputGradients[slot] { walk.copyBack(g, to: target, bytes: 4, team: call.team) }
    }
  }
}
