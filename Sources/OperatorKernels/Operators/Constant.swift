import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let constant = OperatorEntry("Constant") { attributes throws(SpecificationError) in
    if let tensor = try attributes.tensor("value") { return Constant(value: tensor) }
    if attributes.values["value_float"] != nil {
      return Constant(value: TensorConstant(TensorShape(), .float32([Float(try attributes.float("value_float", 0))])))
    }
    if attributes.values["value_int"] != nil {
      return Constant(value: TensorConstant(TensorShape(), .int64([Int64(try attributes.integer("value_int", 0))])))
    }
    if let values = try attributes.floats("value_floats") {
      return Constant(value: TensorConstant(try TensorShape([values.count]), .float32(values.map { Float($0) })))
    }
    if let values = try attributes.integers("value_ints") {
      return Constant(value: TensorConstant(try TensorShape([values.count]), .int64(values.map { Int64($0) })))
    }
    throw SpecificationError(
      "Constant has no value of a supported kind", hint: "Tensors, numbers and lists of numbers are supported")
  }
}

/// A tensor that the file holds.
struct Constant: OperatorKernel {
  static let kind = "Constant"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute
  let value: TensorConstant

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] { [value.type] }

  func forward(_ call: ForwardCall) {
    let target = call.outputs[0]
    switch value.elements {
    case .float32(let values): for (place, value) in values.enumerated() { target.floats[place] = value }
    case .int64(let values): for (place, value) in values.enumerated() { target.integers[place] = value }
    case .bool(let values): for (place, value) in values.enumerated() { target.bools[place] = value ? 1 : 0 }
    }
  }
}
