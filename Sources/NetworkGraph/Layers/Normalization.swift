/// What batch and layer normalization share: `a = f(gain (h - mean) / sqrt(variance + epsilon) + shift)`.
///
/// A gain starts from 1 and a shift from 0 where no initializer is named. The variance is that of the values themselves,
/// divided by their number.
public struct Normalization: Hashable, Sendable {
  /// Epsilons that are allowed.
  public static let epsilonRange = 1e-30...1e3

  public var epsilon: Double
  public var activation: Activation
  /// The initializer of the gain; nil for ones.
  public var gain: Initializer?
  /// The initializer of the shift; nil for zeros.
  public var shift: Initializer?
  public var hasGain: Bool
  public var hasShift: Bool

  init(
    epsilon: Double, activation: Activation, gain: Initializer?, shift: Initializer?, hasGain: Bool, hasShift: Bool
  ) {
    precondition(Self.epsilonRange.contains(epsilon), "an epsilon lies in \(Self.epsilonRange), got \(epsilon)")
    for initializer in [gain, shift].compactMap(\.self) {
      precondition(
        InitializerCatalogue.biases.entry(named: initializer.entry.name) != nil,
        "\(initializer) needs a matrix and cannot fill a gain or shift")
    }
    self.epsilon = epsilon
    self.activation = activation
    self.gain = gain
    self.shift = shift
    self.hasGain = hasGain
    self.hasShift = hasShift
  }

  /// Gain and shift, with `count` values each; they count as weights of a diagonal matrix.
  func parameters(count: Int) -> [ParameterTensor] {
    let shape = WeightShape(outputs: count, inputs: count, groups: count)
    var tensors: [ParameterTensor] = []
    if hasGain { tensors.append(ParameterTensor(role: .gain, shape: shape, count: count, initializer: gain, use: .scale)) }
    if hasShift {
      tensors.append(ParameterTensor(role: .shift, shape: shape, count: count, initializer: shift, use: .scale))
    }
    return tensors
  }

  /// The same with gains that start from ones; nil where there are none.
  var withGainsOfOne: Normalization? {
    guard hasGain else { return nil }
    var changed = self
    changed.gain = nil
    return changed
  }

  static let defaultEpsilon = 1e-5
  static let fields: [(name: String, meaning: String)] = [
    ("epsilon", "added to the variance, default 1e-05"), ("activation", "activation spec, default identity"),
    ("gain", "initializer spec, or none for no gain, default ones"),
    ("shift", "initializer spec, or none for no shift, default zeros"),
  ]

  init(_ fields: LayerFields) throws(SpecificationError) {
    let hasGain = fields.values["gain"] != "none", hasShift = fields.values["shift"] != "none"
    self.init(
      epsilon: try fields.number("epsilon", in: Self.epsilonRange) ?? Self.defaultEpsilon,
      activation: try fields.activation("activation") ?? .identity,
      gain: hasGain ? try fields.biasInitializer("gain") : nil,
      shift: hasShift ? try fields.biasInitializer("shift") : nil, hasGain: hasGain, hasShift: hasShift)
  }

  /// The fields that differ from the defaults.
  var written: LayerFields {
    var fields = LayerFields()
    if epsilon != Self.defaultEpsilon { fields.values["epsilon"] = "\(epsilon)" }
    if !activation.isIdentity { fields.values["activation"] = activation.description }
    fields.values["gain"] = hasGain ? gain?.description : "none"
    fields.values["shift"] = hasShift ? shift?.description : "none"
    return fields
  }
}
