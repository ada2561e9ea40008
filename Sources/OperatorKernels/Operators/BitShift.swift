import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// Integers shifted by numbers of bits; what is shifted in is 0.
  static let bitShift = OperatorEntry("BitShift") { attributes throws(SpecificationError) in
    let direction = try attributes.text("direction", "")
    guard direction == "LEFT" || direction == "RIGHT" else {
      throw SpecificationError("BitShift has no direction '\(direction)'", hint: "ONNX knows LEFT and RIGHT")
    }
    let isLeft = direction == "LEFT"
    return BinaryOperator(
      "BitShift", traits: [.elementwise, .discrete], law: .absolute, elements: [.int64],
      pass: { call in
        let (a, b) = call.pair
        BinaryPass.run(call, a.integers, b.integers, into: call.outputs[0].integers) { value, bits in
          // Shifts by 64 bits and more give 0; a negative number of bits means nothing, and gives 0 too.
          let word = UInt64(bitPattern: value), places = bits < 0 ? 64 : bits
          return Int64(bitPattern: isLeft ? word << places : word >> places)
        }
      })
  }
}
