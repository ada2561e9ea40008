import DataSets
import NetworkGraph
import TensorFiles

/// Reads the arrays that a user gives for a graph's inputs.
public enum ArrayFile {
  /// Names that are no inputs: where the backward pass starts, and classes for a loss.
  static let special = ["cotangent", "labels"]

  /// Reads arrays by name from an .npz or safetensors file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `DataError` that names the byte and the remedy.
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

extension ArrayFile {
  /// Checks that arrays fit a model's inputs.
  ///
  /// - Parameters:
  ///   - arrays: The arrays.
  ///   - model: The model.
  /// - Throws: `ImportError` naming the array, what it is and what is needed.
  public static func check(_ arrays: GraphArrays, for model: GraphModel) throws {
    let inputs = Dictionary(model.inputs.map { ($0.name, $0.value) }) { first, _ in first }
    for (name, array) in arrays.inputs.sorted(by: { $0.key < $1.key }) {
      guard let value = inputs[name], case .input(let type) = model.graph[value].source else {
        throw ImportError(
          path: "--input", "the model has no input '\(name)'",
          hint: "Its inputs: \(model.inputs.map(\.name).joined(separator: ", "))")
      }
      guard array.shape == type.shape else {
        throw ImportError(
          path: "--input", "the array '\(name)' is \(array.shape), the model takes \(type.shape)",
          hint: "Save an array of that shape, or export the model with dynamic shapes")
      }
      guard array.type.element == type.element else {
        throw ImportError(
          path: "--input",
          "the array '\(name)' holds \(array.type.element.rawValue), the model takes \(type.element.rawValue)",
          hint: "Convert it with .astype before saving")
      }
    }
  }
}

/// Converts a file's elements to the types that graphs compute with.
enum TensorValues {
  static func floats(_ file: any TensorFile, _ index: Int) throws -> [Float] {
    let entry = file.entries[index]
    var values: [Float] = []
    values.reserveCapacity(entry.count)
    try file.read(index, into: BlockMemory()) { block in
      func each<Element: BitwiseCopyable>(_ type: Element.Type, _ convert: (Element) -> Float) {
        for place in stride(from: 0, to: block.count, by: MemoryLayout<Element>.size) {
          values.append(convert(block.loadUnaligned(fromByteOffset: place, as: type)))
        }
      }
      switch entry.type {
      case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
      case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
      case .float16: each(UInt16.self) { NarrowFloat.half(UInt16(littleEndian: $0)) }
      case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
      case .float8e4m3: each(UInt8.self, NarrowFloat.e4m3)
      case .float8e5m2: each(UInt8.self, NarrowFloat.e5m2)
      default: try Self.integers(block, entry.type) { values.append(Float($0)) }
      }
    }
    return values
  }

  static func integers(_ file: any TensorFile, _ index: Int) throws -> [Int64] {
    let entry = file.entries[index]
    guard !entry.type.isFloat else { return try floats(file, index).map { Int64(exactly: $0) ?? 0 } }
    var values: [Int64] = []
    try file.read(index, into: BlockMemory()) { block in try integers(block, entry.type) { values.append($0) } }
    return values
  }

  private static func integers(
    _ block: UnsafeRawBufferPointer, _ type: TensorElementType, _ body: (Int64) -> Void
  ) throws {
    func each<Element: BitwiseCopyable & FixedWidthInteger>(_ type: Element.Type) {
      for place in stride(from: 0, to: block.count, by: MemoryLayout<Element>.size) {
        body(Int64(truncatingIfNeeded: Element(littleEndian: block.loadUnaligned(fromByteOffset: place, as: type))))
      }
    }
    switch type {
    case .int64: each(Int64.self)
    case .int32: each(Int32.self)
    case .int16: each(Int16.self)
    case .int8: each(Int8.self)
    case .uint64: each(UInt64.self)
    case .uint32: each(UInt32.self)
    case .uint16: each(UInt16.self)
    default: each(UInt8.self)
    }
  }
}

/// Floats of fewer than 32 bits.
enum NarrowFloat {
  static func half(_ bits: UInt16) -> Float { small(UInt32(bits), exponentBits: 5, fractionBits: 10) }
  static func e5m2(_ bits: UInt8) -> Float { small(UInt32(bits), exponentBits: 5, fractionBits: 2) }

  /// Without infinities: the largest exponent holds numbers, and only all bits set are NaN.
  static func e4m3(_ bits: UInt8) -> Float {
    if bits & 0x7f == 0x7f { return .nan }
    return small(UInt32(bits), exponentBits: 4, fractionBits: 3, hasInfinity: false)
  }

  private static func small(_ bits: UInt32, exponentBits: Int, fractionBits: Int, hasInfinity: Bool = true) -> Float {
    let fraction = bits & (1 << UInt32(fractionBits) - 1), largest = UInt32(1) << UInt32(exponentBits) - 1
    let exponent = bits >> UInt32(fractionBits) & largest
    let isNegative = bits >> UInt32(fractionBits + exponentBits) & 1 == 1
    let bias = Int(largest / 2)
    let magnitude: Float
    if hasInfinity, exponent == largest {
      magnitude = fraction == 0 ? .infinity : .nan
    } else if exponent == 0 {
      magnitude = Float(sign: .plus, exponent: 1 - bias - fractionBits, significand: Float(fraction))
    } else {
      magnitude = Float(
        sign: .plus, exponent: Int(exponent) - bias - fractionBits, significand: Float(fraction | 1 << UInt32(fractionBits)))
    }
    return isNegative ? -magnitude : magnitude
  }
}
