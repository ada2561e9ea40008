import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// One quantity beside its bound, both on the scale on which it is judged.
struct GateComparison {
  var layer: String?
  var subject: String
  /// What the bound is called in messages.
  var boundName: String
  var quantity: GateQuantity
  var low: Double
  var high: Double
  var reading: GateReading
  var kind: GateViolation.Kind = .bound
  var line: Int?

  init(_ bound: GateBound, layer: String?, low: Double, high: Double, reading: GateReading) {
    self.layer = layer
    let direction = bound.tensor == .gradients ? "backward" : "forward"
    subject =
      bound.quantity == .growthPerLayer
      ? "growthPerLayer \(direction)" : "\(bound.quantity.rawValue) of \(bound.tensor.rawValue)"
    boundName = bound.limit == .automatic ? bound.tensor == .weights ? "declared" : "theory" : "bound"
    quantity = bound.quantity
    (self.low, self.high) = (low, high)
    self.reading = reading
    line = bound.line
  }

  init(
    layer: String?, subject: String, boundName: String, quantity: GateQuantity, low: Double, high: Double,
    reading: GateReading
  ) {
    self.layer = layer
    self.subject = subject
    self.boundName = boundName
    self.quantity = quantity
    (self.low, self.high) = (low, high)
    self.reading = reading
  }

  /// Nil where some value of the interval lies within the bound.
  func violation(rate: Double) -> GateViolation? {
    let interval = reading.interval(rate: rate)
    guard !(interval.low <= high && interval.high >= low) else { return nil }
    let distance = interval.high < low ? low - reading.value : reading.value - high
    let shown = Interval(low: quantity.unscaled(interval.low), high: quantity.unscaled(interval.high))
    let limit = Interval(low: quantity.unscaled(low), high: quantity.unscaled(high))
    let measured = quantity.unscaled(reading.value)
    let place = layer.map { "layer \($0): " } ?? ""
    var violation = GateViolation(
      kind: kind, layer: layer, subject: subject, measured: measured, interval: shown, bound: limit,
      excess: distance,
      message: "\(place)\(subject) is \(Self.text(measured)) (\(Self.text(shown))), \(boundName) \(Self.text(limit))")
    violation.line = line
    return violation
  }

  static func text(_ interval: Interval) -> String {
    if interval.low == interval.high { return text(interval.low) }
    if interval.high == .infinity { return "at least \(text(interval.low))" }
    if interval.low == -.infinity { return "at most \(text(interval.high))" }
    return "\(text(interval.low)) to \(text(interval.high))"
  }

  /// Three significant digits, with an exponent where the number is far from 1.
  static func text(_ value: Double) -> String { MessageNumber.measured(value) }
}
