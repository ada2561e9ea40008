/// A convolution along the steps of a sequence, steps x features to steps x channels.
public struct Conv1D: ConvolutionLayer {
  public static let kind = "conv1d"
  public var traits: OperatorTraits { [.contracts, .rowPerUnit] }
  public var theory: LayerTheory { .unknown(.kind) }
  public let convolution: Convolution

  /// Makes a convolution of 1 to 1,048,576 output channels with a kernel of so many steps.
  public init(
    _ channels: Int, kernel: Extents, stride: Extents = 1, padding: Padding = .valid, dilation: Extents = 1, groups: Int = 1,
    activation: Activation = .identity, weights: Initializer? = nil, bias: Initializer? = nil, hasBias: Bool = true
  ) {
    self.init(
      Convolution(
        channels, window: SlidingWindow(size: kernel, stride: stride, padding: padding, dilation: dilation), groups: groups,
        activation: activation, weights: weights, bias: bias, hasBias: hasBias))
  }

  public init(_ convolution: Convolution) { self.convolution = convolution }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError("a conv1d layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    guard case .sequence(let steps, let features) = inputs[0] else {
      throw SpecificationError(
        "a conv1d layer takes a sequence, got a signal of shape \(inputs[0])",
        hint: "Give the network an input of [steps, features]")
    }
    // Checked before the weights are counted, which needs one kernel extent for each axis.
    let axes = try convolution.window.axes(over: [steps], what: "a kernel")
    try convolution.check(inputs: features, rank: 1)
    return try Shape(dimensions: [axes[0].output, convolution.channels])
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    convolution.parameters(inputs: inputs[0].dimensions[1], rank: 1)
  }
}

extension LayerEntry {
  static let conv1d = LayerEntry(
    kind: Conv1D.kind, summary: "Convolution along the steps of a sequence, f(W * h + b).", shorthand: nil,
    fields: Convolution.fields(kernel: "number of steps that it spans"), lists: Convolution.listFields
  ) { fields throws(SpecificationError) in
    Conv1D(try Convolution(fields, kind: Conv1D.kind))
  }
}
