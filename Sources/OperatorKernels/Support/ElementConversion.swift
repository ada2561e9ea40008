import NetworkGraph

/// An element type of ONNX, by its number in `TensorProto.DataType`.
struct ONNXElement: Sendable {
  /// What it is here.
  let element: ElementType
  /// Bits of an integer to which larger ones are cut, negative for unsigned ones; 64 for all else.
  let bits: Int

  /// Reads the number of a type.
  ///
  /// - Parameters:
  ///   - code: The number.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` for a type that is neither float, integer nor bool of a usual size.
  init(code: Int, of kind: String) throws(SpecificationError) {
    switch code {
    case 1, 10, 11, 16: (element, bits) = (.float32, 64)
    case 2: (element, bits) = (.int64, -8)
    case 3: (element, bits) = (.int64, 8)
    case 4: (element, bits) = (.int64, -16)
    case 5: (element, bits) = (.int64, 16)
    case 6: (element, bits) = (.int64, 32)
    case 7, 13: (element, bits) = (.int64, 64)
    case 9: (element, bits) = (.bool, 64)
    case 12: (element, bits) = (.int64, -32)
    default:
      let names = [8: "strings", 14: "complex numbers", 15: "complex numbers"]
      throw SpecificationError(
        "\(kind) makes \(names[code] ?? "elements of ONNX's type \(code)"), which is not supported",
        hint: "Floats of 16, 32 and 64 bits, integers of 8 to 64 bits and bools are")
    }
  }
}

/// Changes the type of all elements.
enum ElementConversion {
  /// Fills the first result from the first input.
  ///
  /// - Parameters:
  ///   - call: The pass.
  ///   - bits: Bits to which integers are cut, unsigned where negative.
  static func run(_ call: ForwardCall, bits: Int) {
    let x = call.input(0), y = call.outputs[0]
    if x.type.element == y.type.element, bits == 64 || y.type.element != .int64 { return call.copyThrough() }
    call.team.split(y.count, grain: StridedWalk.grain) { piece in
      switch (x.type.element, y.type.element) {
      case (.int64, .float32): for i in piece { y.floats[i] = Float(x.integers[i]) }
      case (.bool, .float32): for i in piece { y.floats[i] = Float(x.bools[i]) }
      case (.float32, .int64):
        for i in piece { y.integers[i] = cut(Conversion.integer(Double(x.floats[i])), bits) }
      case (.int64, .int64): for i in piece { y.integers[i] = cut(x.integers[i], bits) }
      case (.bool, .int64): for i in piece { y.integers[i] = Int64(x.bools[i]) }
      case (.float32, .bool): for i in piece { y.bools[i] = x.floats[i] != 0 ? 1 : 0 }
      case (.int64, .bool): for i in piece { y.bools[i] = x.integers[i] != 0 ? 1 : 0 }
      default: break
      }
    }
  }

  @inline(__always)
  private static func cut(_ value: Int64, _ bits: Int) -> Int64 {
    if bits == 64 { return value }
    // Shifted up and down again: the sign bit of the narrow type fills the rest, or zeros do.
    let free = Int64(64 - bits.magnitude)
    return bits > 0
      ? (value << free) >> free : Int64(bitPattern: (UInt64(bitPattern: value) << UInt64(free)) >> UInt64(free))
  }
}
