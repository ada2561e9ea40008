import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let oneHot = OperatorEntry("OneHot") { attributes throws(SpecificationError) in
    OneHot(axis: try attributes.integer("axis", -1))
  }
}

/// A new axis along which the place that the index says holds the on value, and all others the off value.
struct OneHot: OperatorKernel {
  static let kind = "OneHot"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute
  let axis: Int

  private func depth(_ constant: TensorConstant) -> Int? {
    guard constant.shape.count == 1 else { return nil }
    if let value = constant.integers?[0] { return value }
    return constant.floats.map { Int(Conversion.integer(Double($0[0]))) }
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let indices = try inputs.required(0, of: Self.kind), values = try inputs.required(2, of: Self.kind)
    guard let known = try inputs.required(1, of: Self.kind).constant else {
      throw SpecificationError(
        "input 2 of OneHot depends on the data, and shapes must be known beforehand",
        hint: "Export the model with fixed shapes")
    }
    let rank = indices.shape.rank + 1
    guard let depth = depth(known), depth >= 0, values.shape.count == 2, axis >= -rank, axis < rank,
      indices.type.element != .bool
    else {
      throw SpecificationError(
        "OneHot takes indices, one depth, an off and an on value, and an axis in \(-rank)..<\(rank)", hint: damagedFile)
    }
    var extents = indices.shape.extents
    extents.insert(depth, at: axis < 0 ? axis + rank : axis)
    return [ValueType(values.type.element, try TensorShape(extents))]
  }

  func forward(_ call: ForwardCall) {
    let indices = call.input(0), values = call.input(2), target = call.outputs[0]
    let place = axis < 0 ? axis + target.shape.rank : axis, (before, depth, after) = target.shape.around(place)
    let bytes = target.elementBytes
    for outer in 0..<before {
      for inner in 0..<after {
        let at = outer * after + inner
        // Floats stand for the integers that they are cut to.
        let index = indices.type.element == .int64 ? indices.integers[at] : Conversion.integer(Double(indices.floats[at]))
        // A place outside is no error: all are off.
        let on = index < 0 ? index &+ Int64(depth) : index
        for step in 0..<depth {
          let source = values.memory + (Int64(step) == on ? bytes : 0)
          (target.memory + ((outer * depth + step) * after + inner) * bytes).copyMemory(from: source, byteCount: bytes)
        }
      }
    }
  }
}
