import NetworkGraph
import ONNXFiles

/// A tensor that a node splits along an axis into a sequence.
struct SplitSequence {
  let tensor: ValueID
  let axis: Int
  /// Extents of the parts; nil where all have one extent.
  private let parts: [Int]?
  private let extent: Int

  init(_ node: ONNXNode, _ inputs: [ValueID?], constant: (ValueID) -> TensorConstant?) throws {
    guard let tensor = inputs.first ?? nil else {
      throw SpecificationError("SplitToSequence needs a tensor", hint: "Export the model again")
    }
    self.tensor = tensor
    if case .int(let value)? = node.attributes["axis"] { axis = value } else { axis = 0 }
    if inputs.count > 1, let split = inputs[1] {
      guard let constant = constant(split), let values = constant.integers else {
        throw SpecificationError(
          "the parts of a split depend on the data", hint: "Export the model with optimize=True or with fixed shapes")
      }
      parts = constant.shape.rank == 0 ? nil : values
      extent = max(1, values.first ?? 1)
    } else {
      (parts, extent) = (nil, 1)
    }
  }

  /// Where a part starts and ends along the axis. Beyond the ends of the tensor a slice is empty.
  func range(_ place: Int) -> (start: Int, end: Int) {
    let most = Int(Int32.max)
    guard let parts else {
      let place = max(-most, min(most, place)), extent = max(0, min(most, extent))
      return (place * extent, place == -1 ? most : (place + 1) * extent)
    }
    let index = place < 0 ? parts.count + max(-most, place) : place
    let start = parts.prefix(max(0, index)).reduce(0) { max(0, min(most, $0)) + max(0, min(most, $1)) }
    return (start, start + (parts.indices.contains(index) ? max(0, min(most, parts[index])) : 0))
  }
}
