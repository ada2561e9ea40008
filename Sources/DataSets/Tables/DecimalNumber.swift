/// Parses decimal numbers from bytes, without a `String` for the common ones.
package enum DecimalNumber {
  private static let exactPowers = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
  ]

  /// Parses the number that `text` spells in full: decimal digits with optional sign, point and exponent, or `nan`, `inf`,
  /// `infinity` in any case. Nil for anything else, hexadecimal included.
  ///
  /// A mantissa below 2^53 with a power of ten up to 22 needs one correctly rounded operation (Clinger 1990, "How to read
  /// floating point numbers accurately"); all others go to the standard library.
  package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    var isNegative = false
    if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
      isNegative = text[index] == 0x2D
      index += 1
    }
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    var isExact = true
    func take(_ digit: UInt8) {
      digits += 1
      // 10 (2^49 - 1) + 9 is below 2^53: the mantissa stays an exact Double.
      if mantissa < 1 << 49 { mantissa = mantissa * 10 + UInt64(digit - 0x30) } else { isExact = false }
    }
    while index < text.count, isDigit(text[index]) {
      take(text[index])
      index += 1
    }
    if index < text.count, text[index] == 0x2E {
      index += 1
      while index < text.count, isDigit(text[index]) {
        take(text[index])
        exponent -= 1
        index += 1
      }
    }
    guard digits > 0 else { return word(text) }
    if index < text.count, text[index] | 0x20 == 0x65 {
      index += 1
      var isDivisor = false
      if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
        isDivisor = text[index] == 0x2D
        index += 1
      }
      let start = index
      var written = 0
      while index < text.count, isDigit(text[index]) {
        // Beyond this the value is 0 or infinite anyway; the standard library decides which.
        written = min(written * 10 + Int(text[index] - 0x30), 1_000_000)
        index += 1
      }
      guard index > start else { return nil }
      exponent += isDivisor ? -written : written
    }
    guard index == text.count else { return nil }
    guard isExact, abs(exponent) < exactPowers.count else {
      return Double(String(decoding: text, as: UTF8.self))
    }
    let magnitude =
      exponent < 0 ? Double(mantissa) / exactPowers[-exponent] : Double(mantissa) * exactPowers[exponent]
    return isNegative ? -magnitude : magnitude
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func word(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count <= 9 else { return nil }
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return nil
    }
  }
}
