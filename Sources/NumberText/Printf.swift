import Glibc

/// C's printf for numbers; a program that never calls setlocale has a point for its decimals.
func printf(_ format: String, _ arguments: any CVarArg...) -> String {
  // The longest: %.*f of 1e308 has 309 digits and its decimals.
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
    let count = withVaList(arguments) { vsnprintf(buffer.baseAddress, buffer.count, format, $0) }
    guard count > 0, let base = buffer.baseAddress else { return "" }
    return String(cString: base)
  }
}

/// The exponent that `value` has when it is written with `digits` significant digits: 0 for 9.99 and 1 for 9.996, of three.
func exponent(of value: Double, digits: Int) -> Int {
  let text = printf("%.*e", Int32(digits - 1), value)
  return text.firstIndex(of: "e").flatMap { Int(text[text.index(after: $0)...]) } ?? 0
}

/// `nan`, `inf` or `-inf`; nil for a number.
func nameOfNonFinite(_ value: Double) -> String? {
  value.isFinite ? nil : value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
}
