/// What one- and two-dimensional convolutions share: `a = f(W * h + b)`.
///
/// The operation is the field's cross-correlation: output o at position i is the sum over its group's channels c and taps t
/// of W[o, c, t] h[c, stride i + dilation t - padding], plus b[o]. Weights are (outputs, inputs / groups, taps), and the
/// fans are those of the operation: taps times channels of one group.
public struct Convolution: Hashable, Sendable {
  /// The most channels that a convolution may make.
  public static let channelRange = 1...(1 << 20)
  /// The most weights that one convolution may have.
  public static let largestWeightCount = 1 << 40

  public var channels: Int
  public var window: SlidingWindow
  /// Into how many groups the channels are split. Groups do not see each other; as many as channels make a depthwise
  /// convolution.
  public var groups: Int
  public var activation: Activation
  /// The initializer of the weights; nil to use the audit's.
  public var weights: Initializer?
  /// The initializer of the bias; nil for zeros, or what the audit's initializer says.
  public var bias: Initializer?
  public var hasBias: Bool

  init(
    _ channels: Int, window: SlidingWindow, groups: Int, activation: Activation, weights: Initializer?, bias: Initializer?,
    hasBias: Bool
  ) {
    precondition(Self.channelRange.contains(channels), "a convolution has \(Self.channelRange) channels, got \(channels)")
    precondition(groups > 0 && channels % groups == 0, "\(groups) groups do not divide \(channels) channels")
    precondition(
      bias.map { InitializerCatalogue.biases.entry(named: $0.entry.name) != nil } ?? true,
      "\(bias.map(\.description) ?? "") needs a matrix and cannot fill a bias")
    self.channels = channels
    self.window = window
    self.groups = groups
    self.activation = activation
    self.weights = weights
    self.bias = bias
    self.hasBias = hasBias
  }

  /// Checks that the groups divide the input channels and that the weights are not too many.
  ///
  /// - Throws: `SpecificationError` where groups do not divide the channels that arrive, or the weights are too many.
  func check(inputs: Int, rank: Int) throws(SpecificationError) {
    guard inputs % groups == 0 else {
      throw SpecificationError(
        "\(groups) groups do not divide the \(inputs) channels that arrive",
        hint: "Choose groups that divide the channels on both sides")
    }
    // Each factor is below 2^25, two taps together below 2^21: the product may exceed 64 bits.
    let taps = (window.size.along(rank) ?? []).reduce(1, *)
    let (columns, overflow) = (inputs / groups * taps).multipliedReportingOverflow(by: channels)
    guard !overflow, columns <= Self.largestWeightCount else {
      throw SpecificationError(
        "a convolution of \(channels) channels, \(inputs / groups) inputs and \(taps) taps has too many weights",
        hint: "At most \(Self.largestWeightCount) are allowed")
    }
  }

  func parameters(inputs: Int, rank: Int) -> [ParameterTensor] {
    let shape = WeightShape(outputs: channels, inputs: inputs, taps: window.size.along(rank) ?? [], groups: groups)
    var tensors = [ParameterTensor(role: .weight, shape: shape, count: shape.count, initializer: weights)]
    if hasBias { tensors.append(ParameterTensor(role: .bias, shape: shape, count: channels, initializer: bias)) }
    return tensors
  }
}

/// A layer that is a convolution.
public protocol ConvolutionLayer: Layer, NetworkPart {
  var convolution: Convolution { get }
  init(_ convolution: Convolution)
}

extension ConvolutionLayer {
  public var activation: Activation { convolution.activation }

  public func replacing(bias: Initializer) -> (any Layer)? {
    guard convolution.hasBias else { return nil }
    var changed = convolution
    changed.bias = bias
    return Self(changed)
  }

  public func withoutNamedWeights() -> any Layer {
    var plain = convolution
    plain.weights = nil
    return Self(plain)
  }

  public var fields: LayerFields {
    let plain = SlidingWindow(size: 1), window = convolution.window
    var fields = LayerFields(["channels": String(convolution.channels), "kernel": window.size.description])
    if window.stride != plain.stride { fields.values["stride"] = window.stride.description }
    if window.padding != plain.padding { fields.values["padding"] = window.padding.description }
    if window.dilation != plain.dilation { fields.values["dilation"] = window.dilation.description }
    if convolution.groups != 1 { fields.values["groups"] = String(convolution.groups) }
    if !activation.isIdentity { fields.values["activation"] = activation.description }
    fields.values["weights"] = convolution.weights?.description
    fields.values["bias"] = convolution.hasBias ? convolution.bias?.description : "none"
    return fields
  }
}

extension Convolution {
  static func fields(kernel: String) -> [(name: String, meaning: String)] {
    [
      ("channels", "number of outputs per position"), ("kernel", kernel), ("stride", "default 1"),
      ("padding", "valid (default), same, or a number for each side"), ("dilation", "distance between taps, default 1"),
      ("groups", "default 1; as many as channels for a depthwise convolution"),
      ("activation", "activation spec, default identity"), ("weights", "initializer spec, default: the audit's"),
      ("bias", "initializer spec, or none for no bias, default: the audit's"),
    ]
  }

  static let listFields = ["kernel", "stride", "padding", "dilation"]

  init(_ fields: LayerFields, kind: String) throws(SpecificationError) {
    let example = "Write \(kind): {channels: 32, kernel: 3, ...}"
    guard let channels = try fields.integer("channels", in: Self.channelRange) else {
      throw SpecificationError("a \(kind) layer needs channels", hint: example)
    }
    guard let kernel = try fields.extents("kernel", in: SlidingWindow.range) else {
      throw SpecificationError("a \(kind) layer needs a kernel", hint: example)
    }
    let groups = try fields.integer("groups", in: Self.channelRange) ?? 1
    guard channels % groups == 0 else {
      throw SpecificationError(
        "\(groups) groups do not divide \(channels) channels", hint: "Choose groups that divide the channels on both sides")
    }
    let hasBias = fields.values["bias"] != "none"
    self.init(
      channels,
      window: SlidingWindow(
        size: kernel, stride: try fields.extents("stride", in: SlidingWindow.range) ?? 1,
        padding: try fields.padding("padding", in: SlidingWindow.paddingRange) ?? .valid,
        dilation: try fields.extents("dilation", in: SlidingWindow.range) ?? 1),
      groups: groups, activation: try fields.activation("activation") ?? .identity,
      weights: try fields.initializer("weights"), bias: hasBias ? try fields.biasInitializer("bias") : nil,
      hasBias: hasBias)
  }
}
