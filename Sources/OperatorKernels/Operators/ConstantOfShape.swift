import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let constantOfShape = OperatorEntry("ConstantOfShape") { attributes throws(SpecificationError) in
    let value = try attributes.tensor("value") ?? TensorConstant(TensorShape(), .float32([0]))
    guard value.shape.count == 1 else {
      throw SpecificationError("ConstantOfShape repeats one value, got \(value.shape.count)", hint: damagedFile)
    }
    return ConstantOfShape(value: value)
  }
}

/// A tensor of a shape that is given, filled with one value.
struct ConstantOfShape: OperatorKernel {
  static let kind = "ConstantOfShape"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute
  let value: TensorConstant

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    guard let extents = try inputs.integers(0, of: Self.kind) else {
      throw SpecificationError("ConstantOfShape needs a shape, which the node leaves out", hint: damagedFile)
    }
    return [ValueType(value.type.element, try TensorShape(extents))]
  }

  func forward(_ call: ForwardCall) {
    let target = call.outputs[0]
    switch value.elements {
    case .float32(let values): target.floats.update(repeating: values[0], count: target.count)
    case .int64(let values): target.integers.update(repeating: values[0], count: target.count)
    case .bool(let values): target.bools.update(repeating: values[0] ? 1 : 0, count: target.count)
    }
  }
}
