import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let range = OperatorEntry("Range") { _ throws(SpecificationError) in RangeOperator() }
}

/// Numbers from a start to before a limit, at equal distances.
struct RangeOperator: OperatorKernel {
  static let kind = "Range"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let first = try inputs.required(0, of: Self.kind)
    var numbers: [Double] = []
    for place in 0..<3 {
      let facts = try inputs.required(place, of: Self.kind)
      guard let constant = facts.constant else {
        throw SpecificationError(
          "input \(place + 1) of Range depends on the data, and shapes must be known beforehand",
          hint: "Export the model with fixed shapes")
      }
      guard facts.shape.count == 1, facts.type.element == first.type.element,
        let value = constant.floats.map({ Double($0[0]) }) ?? constant.integers.map({ Double($0[0]) })
      else { throw SpecificationError("Range takes three single numbers of one type", hint: damagedFile) }
      numbers.append(value)
    }
    let count = ((numbers[1] - numbers[0]) / numbers[2]).rounded(.up)
    guard numbers[2] != 0, count <= Double(TensorShape.largestCount) else {
      throw SpecificationError(
        "Range from \(numbers[0]) to \(numbers[1]) in steps of \(numbers[2]) has no end", hint: damagedFile)
    }
    // NaN is refused above, being not less.
    return [ValueType(first.type.element, try TensorShape([max(0, Int(max(0, count)))]))]
  }

  func forward(_ call: ForwardCall) {
    let target = call.outputs[0], start = call.input(0), step = call.input(2)
    if target.type.element == .int64 {
      for i in 0..<target.count { target.integers[i] = start.integers[0] &+ Int64(i) &* step.integers[0] }
    } else {
      for i in 0..<target.count { target.floats[i] = start.floats[0] + Float(i) * step.floats[0] }
    }
  }
}
