/// A two-dimensional convolution of an image, channels x height x width to channels x height x width.
public struct Conv2D: ConvolutionLayer {
  public static let kind = "conv2d"
  public var traits: OperatorTraits { [.contracts, .rowPerUnit] }
  public var theory: LayerTheory { .unknown(.kind) }
  public let convolution: Convolution

  /// Makes a convolution of 1 to 1,048,576 output channels with a kernel of one extent or [height, width].
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
      throw SpecificationError("a conv2d layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    guard case .image(let channels, let height, let width) = inputs[0] else {
      throw SpecificationError(
        "a conv2d layer takes an image, got a signal of shape \(inputs[0])",
        hint: "Give the network an input of [channels, height, width]")
    }
    try convolution.check(inputs: channels, rank: 2)
    let axes = try convolution.window.axes(over: [height, width], what: "a kernel")
    return try Shape(dimensions: [convolution.channels, axes[0].output, axes[1].output])
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    convolution.parameters(inputs: inputs[0].dimensions[0], rank: 2)
  }
}

extension LayerEntry {
  static let conv2d = LayerEntry(
    kind: Conv2D.kind, summary: "Two-dimensional convolution of an image, f(W * h + b).", shorthand: nil,
    fields: Convolution.fields(kernel: "extent of the kernel, or [height, width]"), lists: Convolution.listFields
  ) { fields throws(SpecificationError) in
    Conv2D(try Convolution(fields, kind: Conv2D.kind))
  }
}
