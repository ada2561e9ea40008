/// The shortest decimal that reads back as the same Double, without the `.0` of a whole number: `0.1`, `-3`, `1e+16`; `nan`,
/// `inf` and `-inf` for what is not finite.
package func exactNumber(_ value: Double) -> String {
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A number to at most so many significant digits, without trailing zeros: `0.3`, `1200`, `1.5e-09`; `0` for zero of either
/// sign, and `nan`, `inf` and `-inf` for what is not finite.
package func shortNumber(_ value: Double, digits: Int = 6) -> String { exactNumber(value.rounded(toDigits: digits)) }

/// A whole number with its thousands apart: `1,314,826`.
package func groupedNumber(_ value: Int) -> String {
  var digits = Array(String(value.magnitude))
  var position = digits.count - 3
  while position > 0 {
    digits.insert(",", at: position)
    position -= 3
  }
  return (value < 0 ? "-" : "") + String(digits)
}

extension Double {
  /// The nearest number that so many significant digits can write. Zero loses its sign; what is not finite stays.
  ///
  /// Halves go away from zero. By way of the decimal text: a product with a power of ten that Double cannot hold would leave
  /// digits beyond those asked for, as in 1.5000000000000002e-26.
  package func rounded(toDigits digits: Int) -> Double {
    guard isFinite, self != 0 else { return isNaN || self != 0 ? self : 0 }
    let last = max(1, digits) - 1
    // C rounds a half to the even digit. 25 digits more show whether it is one: Doubles lie further apart than that.
    let beyond = printf("%.*e", Int32(last + 25), self).prefix { $0 != "e" }.suffix(25)
    let isHalf = beyond.first == "5" && beyond.dropFirst().allSatisfy { $0 == "0" }
    let value = isHalf ? (self < 0 ? nextDown : nextUp) : self
    return Double(printf("%.*e", Int32(last), value)) ?? self
  }
}
