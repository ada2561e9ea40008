/// Joins two or more signals side by side: features, an image's channels, or the features of each step of a sequence.
public struct Concatenate: Layer {
  public static let kind = "concatenate"
  public var traits: OperatorTraits { [.permutes, .joins] }
  public var theory: LayerTheory { .unknown(.kind) }
  public init() {}

  public var activation: Activation { .identity }
  public var fields: LayerFields { LayerFields() }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count >= 2 else {
      throw SpecificationError(
        "a concatenate layer takes two or more inputs, got \(inputs.count)", hint: "Name them: inputs: [a, b]")
    }
    // Sums of extents cannot overflow: each is at most 2^24, and a network has at most 100,000 layers.
    var joined = inputs[0].dimensions
    let axis = if case .image = inputs[0] { 0 } else { joined.count - 1 }
    for shape in inputs.dropFirst() {
      var (left, right) = (inputs[0].dimensions, shape.dimensions)
      if left.count == right.count { (left[axis], right[axis]) = (0, 0) }
      guard left == right else {
        throw SpecificationError(
          "a concatenate layer takes inputs that differ along one axis only, got \(inputs[0]) and \(shape)",
          hint: "Images agree in height and width, sequences in steps; a flatten layer makes features of either")
      }
      joined[axis] += shape.dimensions[axis]
    }
    return try Shape(dimensions: joined)
  }
}

extension LayerEntry {
  static let concatenate = LayerEntry(
    kind: Concatenate.kind, summary: "Two or more signals side by side: features or channels.", shorthand: nil, fields: []
  ) { _ throws(SpecificationError) in Concatenate() }
}
