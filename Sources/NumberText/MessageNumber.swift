import Glibc

/// Numbers as sentences show them: no more digits than a reader needs, no trailing zeros.
package enum MessageNumber {
  /// Three digits; two and a power of ten below 1e-4 and from 1e5 on: `0.38`, `1200`, `1.2e-36`.
  package static func number(_ value: Double) -> String {
    let magnitude = value.magnitude
    if magnitude >= 1e5 || magnitude < 1e-4, magnitude > 0, magnitude.isFinite {
      return (value < 0 ? "-" : "") + power(log10: log10(magnitude))
    }
    return shortNumber(value, digits: 3)
  }

  /// 10^x as `number` shows it, with a digit more near 1, and never a Double that overflows.
  package static func power(log10 exponent: Double) -> String {
    if exponent >= -4, exponent < 5 { return shortNumber(pow(10, exponent), digits: exponent.magnitude < 0.05 ? 4 : 3) }
    guard exponent.isFinite else { return exponent.isNaN ? "nan" : exponent > 0 ? "inf" : "0" }
    var whole = exponent.rounded(.down)
    var digits = shortNumber(pow(10, exponent - whole), digits: 2)
    if digits == "10" { (digits, whole) = ("1", whole + 1) }
    // Beyond 1e15 an exponent has no digits left for the mantissa.
    guard whole.magnitude < 1e15 else { return "10^\(shortNumber(exponent))" }
    let size = Int(whole.magnitude)
    return "\(digits)e\(whole < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
  }

  /// 10^x in full where that is short, `10^-12.3` elsewhere.
  package static func decades(_ exponent: Double) -> String {
    exponent.magnitude < 3 ? shortNumber(pow(10, exponent), digits: 3) : "10^\(shortNumber(exponent, digits: 3))"
  }

  /// What a bound was held against: three digits, with a power of ten below 1e-4 and from 1e6 on: `0.5`, `1.29e-23`.
  package static func measured(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude > 0, magnitude.isFinite, magnitude < 1e-4 || magnitude >= 1e6 else {
      return shortNumber(value, digits: 3)
    }
    let text = printf("%.2e", value)
    guard let e = text.firstIndex(of: "e"), let mantissa = Double(text[..<e]), let power = Int(text[text.index(after: e)...])
    else { return text }
    return "\(exactNumber(mantissa))e\(power)"
  }

  /// A number as it was given where that is short, else its first four digits.
  package static func given(_ value: Double) -> String {
    let exact = exactNumber(value)
    return value.description.count > 7 ? shortNumber(value, digits: 4) : exact
  }

  /// A fraction as a percentage: `96.7%`.
  package static func percent(_ fraction: Double, digits: Int = 3) -> String {
    "\(shortNumber(100 * fraction, digits: digits))%"
  }

  /// `0.38`, `0.9995`, and `1 - 2e-07` next to 1.
  package static func cosine(_ value: Double) -> String {
    let rest = 1 - value
    if rest <= 0 { return "1" }
    return rest < 1e-4 ? "1 - \(power(log10: log10(rest)))" : shortNumber(value, digits: rest < 0.01 ? 4 : 2)
  }
}
