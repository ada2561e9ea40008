/// Values of a sparse tensor, read from the file at each call.
extension ONNXSparseTensor {
  /// Reads all elements as 32-bit floats, zeros included, in row-major order.
  ///
  /// The file does not bound `count`, so see that there is memory for it first.
  ///
  /// - Parameter floats: Room for exactly `count` elements.
  /// - Throws: `ONNXError` for an index outside the tensor, and as `ONNXTensor.floats(into:)` does.
  public func floats(into floats: UnsafeMutableBufferPointer<Float>) throws(ONNXError) {
    precondition(floats.count == count, "room for \(floats.count) elements, where the tensor has \(count)")
    let values = try values.floats(), indices = try indices.int64s()
    floats.update(repeating: 0)
    let width = self.indices.dims.count == 2 ? dims.count : 1
    for (element, value) in values.enumerated() {
      var place = 0
      for axis in 0..<width {
        let index = indices[element * width + axis], extent = width == 1 ? count : dims[axis]
        guard (0..<extent).contains(index) else {
          throw ONNXError(
            path: self.values.source.path,
            "the sparse tensor '\(self.values.name)' has the index \(index), where \(extent) is the extent",
            hint: "Export the model again, without sparse tensors")
        }
        place = place * extent + index
      }
      floats[place] = value
    }
  }
}
