import Glibc

/// Values of floating-point formats of eight bits and less, by bit pattern.
///
/// Sources: IEEE 754 for the layout; Micikevicius et al. 2022, arXiv:2209.05433 (E4M3, E5M2); Noune et al. 2022,
/// arXiv:2206.02915 (the FNUZ forms); OCP Microscaling Formats 1.0 (E8M0, E3M2, E2M3, E2M1).
enum NarrowFloats {
  static let e4m3fn = table(exponent: 4, mantissa: 3, bias: 7) { $0 & 0x7F == 0x7F ? .nan : nil }
  static let e4m3fnuz = table(exponent: 4, mantissa: 3, bias: 8) { $0 == 0x80 ? .nan : nil }
  static let e5m2 = table(exponent: 5, mantissa: 2, bias: 15) {
    $0 & 0x7F == 0x7C ? ($0 < 0x80 ? .infinity : -.infinity) : $0 & 0x7F > 0x7C ? .nan : nil
  }
  static let e5m2fnuz = table(exponent: 5, mantissa: 2, bias: 16) { $0 == 0x80 ? .nan : nil }
  static let e3m2 = table(exponent: 3, mantissa: 2, bias: 3) { _ in nil }
  static let e2m3 = table(exponent: 2, mantissa: 3, bias: 1) { _ in nil }
  static let e2m1 = table(exponent: 2, mantissa: 1, bias: 1) { _ in nil }
  /// A power of two, without sign and mantissa: 2^(e - 127).
  static let e8m0 = (0..<256).map { $0 == 255 ? Float.nan : ldexpf(1, Int32($0) - 127) }

  /// (-1)^s 2^(e - bias) (1 + m / 2^mantissa), and (-1)^s 2^(1 - bias) m / 2^mantissa for e = 0; `special` comes first.
  private static func table(exponent: Int, mantissa: Int, bias: Int, special: (Int) -> Float?) -> [Float] {
    (0..<1 << (1 + exponent + mantissa)).map { pattern in
      if let value = special(pattern) { return value }
      let fraction = pattern & (1 << mantissa - 1), power = pattern >> mantissa & (1 << exponent - 1)
      let magnitude =
        power == 0
        ? ldexpf(Float(fraction), Int32(1 - bias - mantissa))
        : ldexpf(Float(fraction + 1 << mantissa), Int32(power - bias - mantissa))
      return pattern >> (exponent + mantissa) == 1 ? -magnitude : magnitude
    }
  }
}
