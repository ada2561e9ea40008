import Foundation

/// Numbers as a table shows them: three significant digits, powers of ten where they are far from 1.
enum NumberFormat {
  /// A power of ten given by its logarithm: `1.02`, `3.4e-90`.
  static func power(log10 value: Double) -> String {
    guard value.isFinite else { return value > 0 ? "inf" : "0" }
    if value >= -3 && value < 4 { return significant(pow(10, value)) }
    var exponent = value.rounded(.down)
    var mantissa = (pow(10, value - exponent) * 10).rounded() / 10
    if mantissa >= 10 {
      mantissa = 1
      exponent += 1
    }
    return String(format: "%.1fe%+03d", mantissa, Int(exponent))
  }

  static func significant(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
    let magnitude = abs(value)
    if magnitude == 0 { return "0" }
    if magnitude < 1e-3 || magnitude >= 1e4 { return String(format: "%.1e", value) }
    let decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3
    return String(format: "%.\(decimals)f", value)
  }

  /// As many significant digits as asked for, without trailing zeros: `1.7476`, `2`, `3.1e-12`.
  static func plain(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
    return String(format: "%.\(digits)g", value)
  }

  /// A whole number with its thousands apart: `1,314,826`.
  static func grouped(_ value: Int) -> String {
    let digits = String(abs(value))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// A cosine to three decimals, without a sign where it rounds to zero.
  static func cosine(_ value: Double) -> String {
    String(format: "%.3f", abs(value) < 0.0005 ? 0 : value)
  }

  /// A distance in standard errors: `0.8`, `23`, `>999`.
  static func residual(_ value: Double) -> String {
    value >= 999.5 ? ">999" : String(format: value < 9.95 ? "%.1f" : "%.0f", value)
  }

  /// A fraction as a percentage: `0%`, `0.4%`, `37%`.
  static func percent(_ fraction: Double) -> String {
    let percent = fraction * 100
    if percent == 0 { return "0%" }
    if percent < 0.1 { return "<.1%" }
    return percent < 9.95 ? String(format: "%.1f%%", percent) : String(format: "%.0f%%", percent)
  }
}
