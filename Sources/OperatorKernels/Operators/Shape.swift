import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let shape = OperatorEntry("Shape") { attributes throws(SpecificationError) in
    ShapeOperator(
      start: try attributes.integer("start", 0),
      end: attributes.values["end"] == nil ? nil : try attributes.integer("end", 0))
  }
}

/// The extents of a tensor, or those of a range of its axes.
struct ShapeOperator: OperatorKernel {
  static let kind = "Shape"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute
  let dependsOnTypesAlone = true
  let start: Int
  let end: Int?

  private func extents(_ shape: TensorShape) -> [Int] {
    func clamped(_ axis: Int) -> Int { min(max(axis < 0 ? axis + shape.rank : axis, 0), shape.rank) }
    let first = clamped(start), last = end.map(clamped) ?? shape.rank
    return first < last ? Array(shape.extents[first..<last]) : []
  }

  /// Only the shape counts, at any scale.
  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales { OperatorScales(inputs: exponents, output: 0) }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(.int64, try TensorShape([extents(inputs.required(0, of: Self.kind).shape).count]))]
  }

  func forward(_ call: ForwardCall) {
    for (place, extent) in extents(call.input(0).shape).enumerated() { call.outputs[0].integers[place] = Int64(extent) }
  }
}
