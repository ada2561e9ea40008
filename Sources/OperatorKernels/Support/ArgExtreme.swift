import NetworkGraph
import TensorKernels

/// The place of the largest or smallest element along an axis: ArgMax and ArgMin.
struct ArgExtreme: OperatorKernel {
  static let kind = "ArgExtreme"
  let kind: String
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.homogeneous
  let isLargest: Bool
  let axis: Int
  let keepsAxis: Bool
  let takesLast: Bool

  /// Reads a node's attributes.
  ///
  /// - Parameters:
  ///   - kind: ONNX's name.
  ///   - isLargest: Whether the largest is meant.
  ///   - attributes: The node's attributes.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  init(_ kind: String, isLargest: Bool, _ attributes: OperatorAttributes) throws(SpecificationError) {
    self.kind = kind
    self.isLargest = isLargest
    axis = try attributes.integer("axis", 0)
    keepsAxis = try attributes.integer("keepdims", 1) != 0
    takesLast = try attributes.integer("select_last_index", 0) != 0
  }

  /// A place has no scale.
  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales { OperatorScales(inputs: exponents, output: 0) }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: kind), axis = try data.shape.axis(axis, of: kind)
    guard data.type.element != .bool else {
      throw SpecificationError("\(kind) does not take tensors of bool", hint: damagedFile)
    }
    var extents = data.shape.extents
    guard extents[axis] > 0 || data.shape.around(axis).before * data.shape.around(axis).after == 0 else {
      throw SpecificationError(
        "\(kind) of an empty axis has no answer", hint: "Give a tensor with elements along axis \(axis)")
    }
    if keepsAxis { extents[axis] = 1 } else { extents.remove(at: axis) }
    return [ValueType(.int64, try TensorShape(extents))]
  }

  func forward(_ call: ForwardCall) throws {
    let data = call.input(0), (before, extent, after) = data.shape.around(try data.shape.axis(axis, of: kind))
    let target = call.outputs[0].integers
    for line in 0..<before * after {
      let start = line / after * extent * after + line % after
      var best = 0
      for i in 1..<max(1, extent) {
        let isBetter: Bool
        if data.type.element == .float32 {
          let (value, top) = (data.floats[start + i * after], data.floats[start + best * after])
          // The first NaN wins, as in NumPy.
          isBetter = top.isNaN ? false : value.isNaN || (value == top ? takesLast : (value > top) == isLargest)
        } else {
          let (value, top) = (data.integers[start + i * after], data.integers[start + best * after])
          isBetter = value == top ? takesLast : (value > top) == isLargest
        }
        if isBetter { best = i }
      }
      target[line] = Int64(best)
    }
  }
}
