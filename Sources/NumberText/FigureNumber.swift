import Glibc

/// Numbers as figures print them: a true minus sign, no trailing zeros, no locale.
package enum FigureNumber {
  /// `%.*g` of `value`: 0.0123, 126, 4.2×10⁻³⁸; "NaN", "∞" and "−∞" for what is not finite. `padded` keeps trailing zeros,
  /// 1.00, for columns of numbers.
  package static func significant(_ value: Double, _ digits: Int = 3, padded: Bool = false) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "∞" : "−∞" }
    if value == 0 { return "0" }
    if digits > 2, abs(value) >= 999.5, abs(value) < 99_999.5 { return grouped(Int(value.rounded())) }
    var plain = printf(padded ? "%#.*g" : "%.*g", Int32(digits), value)
    if plain.hasSuffix(".") { plain.removeLast() }
    // As axes write them: 1e-05 reads as 1×10⁻⁵.
    guard let e = plain.firstIndex(of: "e") else { return signed(plain) }
    let exponent = Int(plain[plain.index(after: e)...]) ?? 0
    return signed(plain[..<e]) + "×" + powerOfTen(exponent)
  }

  /// Fixed decimals; a value that rounds to zero loses its sign.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return significant(value) }
    return signed(TableNumber.fixed(value, decimals))
  }

  /// A value of `10^log10` to 3 digits, also far outside Double's range: `power(-400.5)` is 3.16×10⁻⁴⁰¹.
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
    return mantissa + "×" + powerOfTen(Int(exponent))
  }

  /// A value of `10^log10` to two digits, always with its power of ten: 1.0×10⁰, 4.4×10⁻¹².
  package static func scientific(_ log10: Double) -> String {
    guard abs(log10) < 1e15 else { return power(log10) }
    var exponent = log10.rounded(.down)
    var mantissa = fixed(pow(10, log10 - exponent), 1)
    if mantissa == "10.0" { (mantissa, exponent) = ("1.0", exponent + 1) }
    return mantissa + "×" + powerOfTen(Int(exponent))
  }

  /// A fraction as a percentage: 0%, 0.3%, 52%, 100%; only exact values print as 0% and 100%.
  package static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return significant(fraction) }
    if fraction == 0 || fraction == 1 { return "\(Int(fraction * 100))%" }
    if fraction < 0.001 { return "<0.1%" }
    if fraction > 0.999 { return ">99.9%" }
    return fixed(fraction * 100, fraction < 0.0995 || fraction > 0.99 ? 1 : 0) + "%"
  }

  /// A cosine to three decimals, as in the terminal's table; without a sign where it rounds to zero.
  package static func cosine(_ value: Double) -> String { fixed(value, 3) }

  /// Ascending whole numbers, three and more in a row as a range: "1, 3, 5–9".
  package static func list(_ numbers: [Int]) -> String {
    var parts: [String] = []
    var start = numbers.startIndex
    while start < numbers.endIndex {
      var end = start
      while end + 1 < numbers.endIndex, numbers[end + 1] == numbers[end] + 1 { end += 1 }
      if end - start >= 2 {
        parts.append("\(numbers[start])–\(numbers[end])")
      } else {
        parts += numbers[start...end].map { String($0) }
      }
      start = end + 1
    }
    return parts.joined(separator: ", ")
  }

  /// An integer in groups of three, by commas.
  package static func grouped(_ value: Int) -> String { signed(groupedNumber(value)) }

  /// `10⁻³⁸`, and 10⁰ and 10¹ likewise: on an axis all labels are written in one way.
  package static func powerOfTen(_ exponent: Int) -> String {
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + (exponent < 0 ? "⁻" : "")
      + String(String(exponent.magnitude).compactMap { $0.wholeNumberValue.map { superscripts[$0] } })
  }

  /// Fixed decimals with the integers in groups of three: 1,000.0.
  package static func plain(_ value: Double, _ decimals: Int) -> String {
    let text = fixed(value, decimals)
    guard value.isFinite, abs(value) >= 999.5, abs(value) < 1e15 else { return text }
    let digits = text.drop { !$0.isNumber }, whole = digits.prefix { $0.isNumber }
    let grouped = Int(whole).map(Self.grouped) ?? String(whole)
    return text.prefix(text.count - digits.count) + grouped + digits.dropFirst(whole.count)
  }

  /// The labels of values that stand on one axis or in one column, given by their log10: all plain, or where one of them is
  /// below 1e-4 or at least a million all as `2×10⁻⁷`.
  package static func labels(ofPowers logarithms: [Double], digits: Int) -> [String] {
    if logarithms.allSatisfy({ $0 > -4 - 1e-9 && $0 < 6 - 1e-9 }) {
      return logarithms.map { logarithm in
        let value = pow(10, logarithm)
        // As many decimals as the digits need, without zeros that say nothing.
        let text = plain(value, max(0, digits - 1 - Int((logarithm + 1e-9).rounded(.down))))
        guard text.contains(".") else { return text }
        return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
      }
    }
    return logarithms.map { logarithm in
      guard logarithm.isFinite, abs(logarithm) < 1e15 else { return power(logarithm, digits) }
      var exponent = (logarithm + 1e-9).rounded(.down)
      var mantissa = significant(pow(10, logarithm - exponent), digits)
      if mantissa == "10" { (mantissa, exponent) = ("1", exponent + 1) }
      return mantissa + "×" + powerOfTen(Int(exponent))
    }
  }

  /// The cells of one column, written alike: all with three digits, or where one of them is below a thousandth or at least
  /// a million all as `2.30×10⁻⁷`. Nil stays nil.
  package static func column(_ values: [Double?]) -> [String?] {
    zip(values, column(ofPowers: values.map { $0.map(log10) })).map { value, text in
      guard let value, value < 0 || value.isNaN else { return text }
      return significant(value, padded: true)
    }
  }

  /// The same for values given by their log10.
  package static func column(ofPowers logarithms: [Double?]) -> [String?] {
    let sizes = logarithms.compactMap(\.self).filter(\.isFinite)
    let isPlain = sizes.allSatisfy { $0 >= -3 && $0 < 6 }
    return logarithms.map { logarithm in
      guard let logarithm else { return nil }
      guard !isPlain, logarithm.isFinite, abs(logarithm) < 1e15 else { return power(logarithm, padded: true) }
      var exponent = (logarithm + 1e-12).rounded(.down)
      var mantissa = fixed(pow(10, logarithm - exponent), 2)
      if mantissa == "10.00" { (mantissa, exponent) = ("1.00", exponent + 1) }
      return mantissa + "×" + powerOfTen(Int(exponent))
    }
  }

  private static func signed(_ plain: some StringProtocol) -> String {
    String(plain.map { $0 == "-" ? "−" : $0 })
  }
}
