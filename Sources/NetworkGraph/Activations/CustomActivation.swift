extension Activation {
  /// The name of every custom activation's entry; no catalogue entry has it.
  static let customName = "custom"

  /// Whether this activation was made from closures and not from the catalogue.
  public var isCustom: Bool { entry.name == Self.customName }

  /// What reports call it: the name of a custom activation, the specification of others.
  public var label: String { isCustom ? arguments.choice("name") : description }

  /// Makes an activation from two closures in Double.
  ///
  /// Its specification reads `custom(name=mine)`: equality goes by the name alone, and it encodes but does not decode. Its
  /// laws are estimated from samples, once:
  /// - `nearZero` holds where `value` and `derivative` were found to agree with the tangents at zero at every power of two
  ///   from 2^-120 up to its radius, on both sides; nil where they do not agree even there, so also where `value` cancels.
  /// - `maximumSlope` is the largest `|f'|` at the multiples of 1/256 within ±32 and at the powers of two from 2^-20 to
  ///   2^20, on both sides: a lower bound of the supremum. It is nil where a sample is not finite or where
  ///   `|f'|` still grows at ±2^20.
  /// - `homogeneousDegree` and `atInfinity` are nil, and `kinks` empty: samples cannot show them.
  ///
  /// - Parameters:
  ///   - name: What reports call it; not empty.
  ///   - value: `f`. It is called concurrently, once an element.
  ///   - derivative: `f'`; at a kink, the value for backpropagation to use.
  public static func custom(
    name: String, value: @escaping @Sendable (Double) -> Double, derivative: @escaping @Sendable (Double) -> Double
  ) -> Activation {
    precondition(!name.isEmpty, "a custom activation needs a name")
    let laws = ActivationLaws(
      nearZero: estimatedTangents(value: value, derivative: derivative), atInfinity: nil,
      maximumSlope: estimatedMaximumSlope(derivative))
    let entry = ActivationEntry(
      name: customName, parameters: [Parameter("name", .choice(default: "", of: [name]), "what reports call it")],
      summary: "Made from closures in Swift.", formula: name, source: "the caller"
    ) { _ in .custom(name: name, value: value, derivative: derivative) }
    return Activation(
      entry: entry, arguments: Arguments(choices: ["name": name]), laws: laws, value: value, derivative: derivative)
  }
}

private func estimatedTangents(
  value: (Double) -> Double, derivative: (Double) -> Double
) -> ActivationLaws.NearZero? {
  let smallest = 0x1p-120
  let start = value(0)
  let (below, above) = (derivative(-smallest), derivative(smallest))
  func holds(at x: Double) -> Bool {
    let slope = x < 0 ? below : above
    let (f, g) = (value(x), derivative(x))
    return (start + slope * x - f).magnitude <= ActivationLaws.precision * f.magnitude
      && (slope - g).magnitude <= ActivationLaws.precision * g.magnitude
  }
  var radius = 0.0
  var x = smallest
  while x.isFinite, holds(at: x), holds(at: -x) {
    radius = x
    x *= 2
  }
  guard radius > 0 else { return nil }
  return ActivationLaws.NearZero(value: start, slopeBelow: below, slopeAbove: above, radius: radius)
}

private func estimatedMaximumSlope(_ derivative: (Double) -> Double) -> Double? {
  func slope(_ x: Double) -> Double {
    let (above, below) = (derivative(x).magnitude, derivative(-x).magnitude)
    // `max` may return the other value where one is NaN.
    return above.isFinite && below.isFinite ? max(above, below) : .infinity
  }
  let powers = (-20...20).map { slope(Double(sign: .plus, exponent: $0, significand: 1)) }
  let samples = powers + (0...8192).map { slope(Double($0) / 256) }
  guard samples.allSatisfy(\.isFinite), let largest = samples.max() else { return nil }
  let isGrowing = powers[40] > powers[39] * (1 + 1e-9) && powers[40] == largest
  return isGrowing ? nil : largest
}
