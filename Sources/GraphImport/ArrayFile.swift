import DataSets
import NetworkGraph
import TensorFiles
import TensorKernels

/// Reads the arrays that a user gives for a graph's inputs.
public enum ArrayFile {
  /// Reads arrays by name from an .npz or safetensors file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `DataError` that names the byte and the remedy, `ImportError` for a class that is no whole number.
  public static func read(path: String) throws -> GraphArrays {
    let file = try TensorFiles.open(path: path)
    var arrays = GraphArrays()
    for (index, entry) in file.entries.enumerated() {
      let shape: TensorShape
      do {
        shape = try TensorShape(entry.shape)
      } catch {
        throw ImportError(path: path, "array '\(entry.name)': \(error.message)", hint: error.hint)
      }
      switch entry.name {
      case "cotangent": arrays.cotangent = try TensorValues.floats(file, index)
      case "labels": arrays.labels = try TensorValues.integers(file, index).map { Int($0) }
      default:
        arrays.inputs[entry.name] =
          entry.type.isFloat
          ? TensorConstant(shape, .float32(try TensorValues.floats(file, index)))
          : entry.type == .bool
            ? TensorConstant(shape, .bool(try TensorValues.integers(file, index).map { $0 != 0 }))
            : TensorConstant(shape, .int64(try TensorValues.integers(file, index)))
      }
    }
    return arrays
  }
}

/// Reads a tensor of a file in the types that graphs compute with.
enum TensorValues {
  static func floats(_ file: any TensorFile, _ index: Int) throws -> [Float] {
    try values(file, index) { Float($0) }
  }

  /// Whole numbers up to 2^53, which indices and classes are.
  ///
  /// - Throws: `ImportError` for a value that is no whole number, with its place.
  static func integers(_ file: any TensorFile, _ index: Int) throws -> [Int64] {
    var place = 0
    return try values(file, index) { value in
      guard let whole = Int64(exactly: value), abs(value) <= 0x1p53 else {
        throw ImportError(
          path: file.path,
          "value \(place) of the array '\(file.entries[index].name)' is \(value), where a whole number belongs",
          hint: "Save classes and indices as integers")
      }
      place += 1
      return whole
    }
  }

  private static func values<Value>(
    _ file: any TensorFile, _ index: Int, _ convert: (Double) throws -> Value
  ) throws -> [Value] {
    let entry = file.entries[index], memory = BlockMemory()
    var values: [Value] = []
    let wide = UnsafeMutableBufferPointer<Double>.allocate(capacity: memory.capacity / entry.type.size)
    defer { wide.deallocate() }
    guard let start = wide.baseAddress else { return values }
    try file.read(index, into: memory) { block in
      guard let bytes = block.baseAddress else { return }
      let count = block.count / entry.type.size
      ValueSums.widen(bytes, entry.type.element, count: count, to: start)
      for place in 0..<count { values.append(try convert(start[place])) }
    }
    return values
  }
}
