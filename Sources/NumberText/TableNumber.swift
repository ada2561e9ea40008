import Glibc

/// Numbers as a terminal's tables show them, digits below digits.
package enum TableNumber {
  /// Three significant digits, zeros kept: `1.02`, `0.055`, `129`; two and a power of ten below 1e-3 and from 1e4 on:
  /// `5.2e-07`.
  package static func significant(_ value: Double) -> String {
    if let name = nameOfNonFinite(value) { return name }
    let magnitude = abs(value)
    if magnitude == 0 { return "0" }
    // 9999.5 would round to 10000, which is written 1.0e+04.
    if magnitude < 1e-3 || magnitude >= 9999.5 { return printf("%.1e", value) }
    return printf("%.*f", Int32(min(3, max(0, 2 - exponent(of: value, digits: 3)))), value)
  }

  /// A power of ten given by its logarithm, as `significant` shows it, also far outside Double's range: `1.02`, `3.4e-90`.
  package static func power(log10 value: Double) -> String {
    // Beyond 1e15 an exponent has no digits left for the mantissa.
    guard abs(value) < 1e15 else { return value.isNaN ? "nan" : value > 0 ? "inf" : "0" }
    if value >= -3 && value < 4 { return significant(pow(10, value)) }
    var exponent = value.rounded(.down)
    var mantissa = (pow(10, value - exponent) * 10).rounded() / 10
    if mantissa >= 10 {
      mantissa = 1
      exponent += 1
    }
    return printf("%.1fe", mantissa) + printf("%+03ld", Int(exponent))
  }

  /// As many significant digits as asked for, without trailing zeros: `1.7476`, `2`, `3.1e-12`.
  package static func plain(_ value: Double, _ digits: Int) -> String {
    nameOfNonFinite(value) ?? printf("%.*g", Int32(digits), value)
  }

  /// So many decimals, zeros kept; what rounds to zero has no sign.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    if let name = nameOfNonFinite(value) { return name }
    let text = printf("%.*f", Int32(decimals), value)
    return text.allSatisfy { "-0.".contains($0) } ? String(text.drop { $0 == "-" }) : text
  }

  /// A cosine to three decimals: `0.953`.
  package static func cosine(_ value: Double) -> String { fixed(value, 3) }

  /// A distance in standard errors: `0.8`, `23`, `>999`.
  package static func residual(_ value: Double) -> String { value >= 999.5 ? ">999" : fixed(value, value < 9.95 ? 1 : 0) }

  /// A fraction as a percentage: `0%`, `0.4%`, `37%`.
  package static func percent(_ fraction: Double) -> String {
    let percent = fraction * 100
    if percent == 0 { return "0%" }
    if percent < 0.1 { return "<.1%" }
    return fixed(percent, percent < 9.95 ? 1 : 0) + "%"
  }

  /// An accuracy as a percentage, with the decimal that it needs: `88.4%`, `100%`.
  package static func accuracy(_ fraction: Double) -> String { fraction == 1 ? "100%" : fixed(fraction * 100, 1) + "%" }

  /// A probability without the zero before its point: `.043`, `<.001`, `1`.
  package static func probability(_ p: Double) -> String {
    p < 0.001 ? "<.001" : p > 0.9995 ? "1" : p.isNaN ? "nan" : String(fixed(p, 3).dropFirst())
  }
}
