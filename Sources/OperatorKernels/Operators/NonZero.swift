import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let nonZero = OperatorEntry("NonZero") { _ throws(SpecificationError) in NonZero() }
}

/// The places of all elements that are not zero, one row per axis. Only of a constant: else the shape depends on the data.
struct NonZero: OperatorKernel {
  static let kind = "NonZero"
  let traits: OperatorTraits = [.discrete]
  let scaleLaw = ScaleLaw.absolute

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard let constant = data.constant else {
      throw SpecificationError(
        "the shape of NonZero's result depends on the data, and shapes must be known beforehand",
        hint: "Choose elements by a mask and Where instead of their places, and export the model again")
    }
    let count: Int
    switch constant.elements {
    case .float32(let values): count = values.count { $0 != 0 }
    case .int64(let values): count = values.count { $0 != 0 }
    case .bool(let values): count = values.count { $0 }
    }
    return [ValueType(.int64, try TensorShape([data.shape.rank, count]))]
  }

  func forward(_ call: ForwardCall) throws {
    let data = call.input(0), target = call.outputs[0], shape = data.shape, found = target.shape[1]
    var next = 0
    for element in 0..<data.count {
      let isSet =
        switch data.type.element {
        case .float32: data.floats[element] != 0
        case .int64: data.integers[element] != 0
        case .bool: data.bools[element] != 0
        }
      guard isSet else { continue }
      guard next < found else { throw OperatorFailure.changedShape(Self.kind) }
      var rest = element
      for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
        target.integers[axis * found + next] = Int64(rest % shape[axis])
        rest /= shape[axis]
      }
      next += 1
    }
    guard next == found else { throw OperatorFailure.changedShape(Self.kind) }
  }
}
