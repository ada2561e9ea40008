import SignalPropagation

/// One quantity and its bound, both on the scale on which they are compared.
struct GateComparison {
  var layer: String?
  /// In the words of bounds files.
  var subject: String
  /// In words.
  var title: String
  /// The name of the bound in messages.
  var yardstick: GateYardstick
  var quantity: GateQuantity
  var tensor: GateTensor
  var low: Double
  var high: Double
  var reading: GateReading
  var kind: GateViolation.Kind = .bound
  var line: Int?
  /// What a violation would be to others; nil until causes are looked for.
  var role: GateViolation.Role?
  /// What changed, where a violation would be a cause.
  var changed: String?
  /// What to say of a violation in place of figure and bound.
  var message: String?

  init(_ bound: GateBound, layer: String?, low: Double, high: Double, reading: GateReading) {
    self.layer = layer
    let direction = bound.tensor == .gradients ? "backward" : "forward"
    subject =
      bound.quantity == .growthPerLayer
      ? "growthPerLayer \(direction)" : "\(bound.quantity.rawValue) of \(bound.tensor.rawValue)"
    title = bound.quantity == .growthPerLayer ? "\(direction) growth per layer" : bound.quantity.words(of: bound.tensor)
    yardstick = bound.limit == .automatic ? bound.tensor == .weights ? .declared : .theory : .bound
    quantity = bound.quantity
    tensor = bound.tensor
    (self.low, self.high) = (low, high)
    self.reading = reading
    line = bound.line
  }

  /// Against a baseline.
  init(
    layer: String, title: String, quantity: GateQuantity, tensor: GateTensor, low: Double, high: Double, reading: GateReading
  ) {
    self.layer = layer
    subject = "\(quantity.rawValue) of \(tensor.rawValue)"
    self.title = title
    yardstick = .baseline
    kind = .baseline
    self.quantity = quantity
    self.tensor = tensor
    (self.low, self.high) = (low, high)
    self.reading = reading
  }

  /// The violation; nil where some value of the interval lies within the bound.
  func violation(rate: Double) -> GateViolation? {
    let interval = reading.interval(rate: rate)
    guard !(interval.low <= high && interval.high >= low) else { return nil }
    let distance = interval.high < low ? low - reading.value : reading.value - high
    let shown = Interval(low: quantity.unscaled(interval.low), high: quantity.unscaled(interval.high))
    let limit = Interval(low: quantity.unscaled(low), high: quantity.unscaled(high))
    let measured = quantity.unscaled(reading.value)
    var violation = GateViolation(
      kind: kind, layer: layer, subject: subject, measured: measured, interval: shown, bound: limit,
      excess: distance, message: message ?? sentence(measured, shown, limit))
    violation.line = line
    violation.quantity = quantity
    violation.tensor = tensor
    violation.title = title
    violation.role = role
    violation.changed = changed
    return violation
  }

  /// `layer dense_3: mean square of activations is 3.1 (2.9 to 3.3), bound 0.5 to 2`.
  private func sentence(_ measured: Double, _ interval: Interval, _ bound: Interval) -> String {
    let place = layer.map { "layer \($0): " } ?? ""
    let range =
      interval.low == interval.high ? "" : " (\(quantity.text(interval.low)) to \(quantity.text(interval.high)))"
    let limit = quantity.text(low: bound.low, high: bound.high)
    return "\(place)\(title) is \(quantity.text(measured))\(range), \(yardstick.words) \(limit)"
  }
}

/// What a quantity is compared with.
public enum GateYardstick: String, Sendable, CaseIterable {
  /// A bound that a file or a test states.
  case bound
  /// What theory predicts.
  case theory
  /// What the initializer declares of its weights.
  case declared
  /// An earlier audit.
  case baseline

  var words: String {
    switch self {
    case .bound: "bound"
    case .theory: "theory says"
    case .declared: "declared"
    case .baseline: "the baseline has"
    }
  }
}
