/// A scalar nonlinearity `f` with its derivative and what is known of it for tiny and huge arguments.
///
/// Equality and coding go by specification (`leaky_relu(slope=0.2)`); a custom activation codes its name only.
public struct Activation: Sendable {
  public let entry: ActivationEntry
  public let arguments: Arguments
  /// `f(x)` in Double.
  public let value: @Sendable (Double) -> Double
  /// `f'(x)` in Double; at a kink the value that backpropagation uses (0 at ReLU's).
  public let derivative: @Sendable (Double) -> Double
  public let laws: ActivationLaws

  public init(
    entry: ActivationEntry, arguments: Arguments = Arguments(), laws: ActivationLaws,
    value: @escaping @Sendable (Double) -> Double, derivative: @escaping @Sendable (Double) -> Double
  ) {
    self.entry = entry
    self.arguments = arguments
    self.laws = laws
    self.value = value
    self.derivative = derivative
  }
}

/// One entry of the activation catalogue: names, parameters, prose, and how to build the activation from arguments.
public struct ActivationEntry: Sendable {
  public var name: String
  public var aliases: [String]
  public var parameters: [Parameter]
  /// One sentence for `initscope list activations`.
  public var summary: String
  /// The formula in plain text, e.g. `max(0, x)`.
  public var formula: String
  /// Where it is defined: paper and section.
  public var source: String
  public var make: @Sendable (Arguments) -> Activation

  public init(
    name: String, aliases: [String] = [], parameters: [Parameter] = [], summary: String, formula: String, source: String,
    make: @escaping @Sendable (Arguments) -> Activation
  ) {
    self.name = name
    self.aliases = aliases
    self.parameters = parameters
    self.summary = summary
    self.formula = formula
    self.source = source
    self.make = make
  }
}

/// What holds of an activation outside Float's range, and the constants that a diagnosis needs.
///
/// The carried scale of the engine applies `nearZero` and `atInfinity` in place of `f` where they agree with it to Float's
/// precision.
public struct ActivationLaws: Sendable, Hashable {
  /// `k` where `f(cx) = c^k f(x)` for every `c > 0` (1 for ReLU, 2 for squared ReLU), nil elsewhere.
  public var homogeneousDegree: Double?
  /// `f(x) = value + slope * x` to Float's precision for `|x| < radius`, with a slope on each side of zero; nil where no
  /// such law is known.
  public var nearZero: NearZero?
  /// `f(x) = coefficient * |x|^power` and likewise `f'` as `|x|` grows beyond `threshold`; nil where no such law exists (sin).
  public var atInfinity: AtInfinity?
  /// The supremum of `|f'|`, nil where it is unbounded.
  public var maximumSlope: Double?
  /// Where `f` or `f'` is not smooth; quadrature splits here.
  public var kinks: [Double]

  public struct NearZero: Sendable, Hashable {
    public var value: Double
    public var slopeBelow: Double
    public var slopeAbove: Double
    public var radius: Double
    public init(value: Double, slopeBelow: Double, slopeAbove: Double, radius: Double) {
      self.value = value
      self.slopeBelow = slopeBelow
      self.slopeAbove = slopeAbove
      self.radius = radius
    }
  }

  public struct AtInfinity: Sendable, Hashable {
    public var valuePower: Double
    public var valueBelow: Double
    public var valueAbove: Double
    public var derivativePower: Double
    public var derivativeBelow: Double
    public var derivativeAbove: Double
    public var threshold: Double
    public init(
      valuePower: Double, valueBelow: Double, valueAbove: Double, derivativePower: Double, derivativeBelow: Double,
      derivativeAbove: Double, threshold: Double
    ) {
      self.valuePower = valuePower
      self.valueBelow = valueBelow
      self.valueAbove = valueAbove
      self.derivativePower = derivativePower
      self.derivativeBelow = derivativeBelow
      self.derivativeAbove = derivativeAbove
      self.threshold = threshold
    }
  }

  public init(
    homogeneousDegree: Double? = nil, nearZero: NearZero?, atInfinity: AtInfinity?, maximumSlope: Double?, kinks: [Double] = []
  ) {
    self.homogeneousDegree = homogeneousDegree
    self.nearZero = nearZero
    self.atInfinity = atInfinity
    self.maximumSlope = maximumSlope
    self.kinks = kinks
  }
}
