import Glibc

/// Numbers as figures print them: a true minus sign, no trailing zeros, no locale.
package enum FigureNumber {
  /// `%.*g` of `value`: 0.0123, 126, 4.2e−38; "NaN", "∞" and "−∞" for what is not finite. `padded` keeps trailing zeros,
  /// 1.00, for columns of numbers.
  package static func significant(_ value: Double, _ digits: Int = 3, padded: Bool = false) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "∞" : "−∞" }
    if value == 0 { return "0" }
    if digits > 2, abs(value) >= 999.5, abs(value) < 99_999.5 { return grouped(Int(value.rounded())) }
    var plain = printf(padded ? "%#.*g" : "%.*g", Int32(digits), value)
    if plain.hasSuffix(".") { plain.removeLast() }
    // 1e-05 reads as 1e−5 here.
    guard let e = plain.firstIndex(of: "e") else { return signed(plain) }
    let exponent = Int(plain[plain.index(after: e)...]) ?? 0
    return signed(plain[..<e] + "e\(exponent)")
  }

  /// Fixed decimals; a value that rounds to zero loses its sign.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return significant(value) }
    return signed(TableNumber.fixed(value, decimals))
  }

  /// A value of `10^log10` to 3 digits, also far outside Double's range: `power(-400.5)` is 3.16e−401.
  package static func power(_ log10: Double, _ digits: Int = 3, padded: Bool = false) -> String {
    // Beyond 1e15 an exponent has no digits left for the mantissa.
    guard abs(log10) < 1e15 else { return log10.isNaN ? "NaN" : log10 > 0 ? "∞" : "0" }
    if abs(log10) < 300 { return significant(pow(10, log10), digits, padded: padded) }
    var exponent = log10.rounded(.down)
    var mantissa = significant(pow(10, log10 - exponent), digits, padded: padded)
    if mantissa.hasPrefix("10") {
      mantissa = significant(1, digits, padded: padded)
      exponent += 1
    }
    return "\(mantissa)e\(signed(String(Int(exponent))))"
  }

  /// A fraction as a percentage: 0%, 0.3%, 52%, 100%; only exact values print as 0% and 100%.
  package static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return significant(fraction) }
    if fraction == 0 || fraction == 1 { return "\(Int(fraction * 100))%" }
    if fraction < 0.001 { return "<0.1%" }
    if fraction > 0.999 { return ">99.9%" }
    return fixed(fraction * 100, fraction < 0.0995 || fraction > 0.99 ? 1 : 0) + "%"
  }

  /// An integer in groups of three, by commas.
  package static func grouped(_ value: Int) -> String { signed(groupedNumber(value)) }

  /// `10⁻³⁸`; 1 and 10 as such.
  package static func powerOfTen(_ exponent: Int) -> String {
    if exponent == 0 || exponent == 1 { return exponent == 0 ? "1" : "10" }
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + (exponent < 0 ? "⁻" : "")
      + String(String(exponent.magnitude).compactMap { $0.wholeNumberValue.map { superscripts[$0] } })
  }

  private static func signed(_ plain: some StringProtocol) -> String {
    String(plain.map { $0 == "-" ? "−" : $0 })
  }
}
