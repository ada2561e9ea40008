import Glibc
import NetworkGraph
import NumberText

/// Numbers of a gate's messages.
public enum GateNumber {
  /// Three significant digits, with an exponent where the number is far from 1.
  public static func text(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude > 0, magnitude.isFinite, magnitude < 1e-4 || magnitude >= 1e6 else {
      return shortNumber(value, digits: 3)
    }
    var exponent = Int(log10(magnitude).rounded(.down))
    // In two steps, so that no power leaves Double's range.
    var mantissa = (value / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2)) * 100).rounded() / 100
    if abs(mantissa) >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\(shortNumber(mantissa, digits: 3))e\(exponent)"
  }

  /// 10^x, also beyond Double's range.
  static func power(log10 value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "0" }
    return value.magnitude < 300 ? text(pow(10, value)) : MessageNumber.power(log10: value)
  }

  /// A factor with two significant digits, three from 10 on: `2.0`, `0.50`, `117`.
  static func factor(_ value: Double) -> String {
    guard value.isFinite, value >= 1e-3, value < 1e4 else { return text(value) }
    let decimals = value >= 9.95 ? 0 : value >= 0.995 ? 1 : value >= 0.0995 ? 2 : 3
    let scale = pow(10, Double(decimals)), whole = Int((value * scale).rounded())
    guard decimals > 0 else { return "\(whole)" }
    let digits = String(repeating: "0", count: max(0, decimals + 1 - "\(whole)".count)) + "\(whole)"
    return digits.dropLast(decimals) + "." + digits.suffix(decimals)
  }
}
