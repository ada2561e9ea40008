/// A pooling layer: replaces each window of values by one number, channel by channel.
///
/// On images the window moves over height and width, on sequences over steps. Padding never counts: a maximum does not see
/// it, and a mean is over the values that the window holds.
public protocol PoolLayer: Layer, NetworkPart {
  var window: SlidingWindow { get }
}

extension PoolLayer {
  public var activation: Activation { .identity }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "a \(kind) layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    switch inputs[0] {
    case .features:
      throw SpecificationError("a \(kind) layer takes an image or a sequence, got a signal of shape \(inputs[0])")
    case .image(let channels, let height, let width):
      let axes = try axes(over: [height, width])
      return try Shape(dimensions: [channels, axes[0].output, axes[1].output])
    case .sequence(let steps, let features):
      return try Shape(dimensions: [try axes(over: [steps])[0].output, features])
    }
  }

  /// The window along height and width, or along steps.
  ///
  /// - Throws: `SpecificationError` where it does not fit, or where some position would hold nothing but padding.
  public func axes(over extents: [Int]) throws(SpecificationError) -> [SlidingWindow.Axis] {
    let axes = try window.axes(over: extents, what: "a pool")
    for axis in axes where axis.before >= axis.size {
      throw SpecificationError(
        "padding of \(axis.before) leaves a pool of \(axis.size) positions without a value",
        hint: "Pad by less than the pool's size")
    }
    return axes
  }

  public var fields: LayerFields {
    var fields = LayerFields(["size": window.size.description])
    if window.stride != window.size { fields.values["stride"] = window.stride.description }
    if window.padding != .valid { fields.values["padding"] = window.padding.description }
    return fields
  }
}

extension SlidingWindow {
  static let poolFields: [(name: String, meaning: String)] = [
    ("size", "extent of the window, or [height, width]"), ("stride", "default: the size"),
    ("padding", "valid (default), same, or a number for each side"),
  ]
  static let poolLists = poolFields.map(\.name)

  init(pool fields: LayerFields, kind: String) throws(SpecificationError) {
    guard let size = try fields.extents("size", in: Self.range) else {
      throw SpecificationError("a \(kind) layer needs a size", hint: "Write \(kind): 2, or \(kind): {size: 2, ...}")
    }
    self.init(
      size: size, stride: try fields.extents("stride", in: Self.range) ?? size,
      padding: try fields.padding("padding", in: Self.paddingRange) ?? .valid)
  }
}
