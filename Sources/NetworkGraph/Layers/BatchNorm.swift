/// Batch normalization of each feature, or of each channel of an image over all positions.
///
/// Training uses the batch's own mean and variance (divided by the count) and moves the running ones towards them:
/// running <- (1 - momentum) running + momentum batch, with the variance divided by the count less one. Inference uses the
/// running ones. Conventions, defaults included, are PyTorch's (Ioffe and Szegedy 2015, "Batch normalization").
public struct BatchNorm: Layer, NetworkPart {
  public static let kind = "batch_norm"
  public var traits: OperatorTraits { [.normalizes, .overBatch] }
  public var theory: LayerTheory { .normalization(over: .batch, epsilon: normalization.epsilon) }
  public static let momentumRange = 0.0...1.0
  static let defaultMomentum = 0.1

  public let normalization: Normalization
  /// The weight of the newest batch in the running moments.
  public let momentum: Double

  public init(
    epsilon: Double = 1e-5, momentum: Double = 0.1, activation: Activation = .identity, gain: Initializer? = nil,
    shift: Initializer? = nil, hasGain: Bool = true, hasShift: Bool = true
  ) {
    self.init(
      Normalization(
        epsilon: epsilon, activation: activation, gain: gain, shift: shift, hasGain: hasGain, hasShift: hasShift),
      momentum: momentum)
  }

  init(_ normalization: Normalization, momentum: Double) {
    precondition(Self.momentumRange.contains(momentum), "a momentum lies in \(Self.momentumRange), got \(momentum)")
    self.normalization = normalization
    self.momentum = momentum
  }

  public var activation: Activation { normalization.activation }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "a batch_norm layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    return inputs[0]
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    normalization.parameters(count: Self.units(of: inputs[0]))
  }

  /// The number of features or channels that are normalized separately.
  public static func units(of shape: Shape) -> Int {
    switch shape {
    case .features(let count): count
    case .image(let channels, _, _): channels
    case .sequence(_, let features): features
    }
  }

  public var withGainsOfOne: (any Layer)? {
    normalization.withGainsOfOne.map { BatchNorm($0, momentum: momentum) }
  }

  public var fields: LayerFields {
    var fields = normalization.written
    if momentum != Self.defaultMomentum { fields.values["momentum"] = "\(momentum)" }
    return fields
  }
}

extension LayerEntry {
  static let batchNorm = LayerEntry(
    kind: BatchNorm.kind, summary: "Batch normalization of each feature or channel.", shorthand: nil,
    fields: Normalization.fields + [("momentum", "weight of the newest batch in the running moments, default 0.1")]
  ) { fields throws(SpecificationError) in
    BatchNorm(
      try Normalization(fields),
      momentum: try fields.number("momentum", in: BatchNorm.momentumRange) ?? BatchNorm.defaultMomentum)
  }
}

extension BatchNorm {
  /// Why training cannot run a network's batch normalizations with a batch of that size; nil where it can.
  ///
  /// With a single value per channel the mean is the value itself: every input becomes zero, and no gradient passes. PyTorch
  /// refuses it as well ("Expected more than 1 value per channel when training"). An image or a sequence of several
  /// positions has several values per channel even in a batch of one.
  package static func refusal(of network: Network, batch: Int) -> String? {
    let isSingle = { (node: Network.Node) in
      node.layer.traits.contains(.overBatch) && node.shape.count == units(of: node.shape)
    }
    guard batch == 1, let node = network.nodes.first(where: isSingle) else { return nil }
    return """
      layer '\(node.name)' normalizes over the batch, and a batch of one has one value per channel there: everything would \
      become zero
      """
  }
}
