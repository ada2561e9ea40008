/// Random choices that a seed repeats exactly: SplitMix64 (Steele, Lea and Flood 2014).
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// True with that probability.
  mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

  mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func real(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[whole(0...choices.count - 1)] }

  /// A number whose decimal exponent is uniform.
  mutating func magnitude(_ exponents: ClosedRange<Double>) -> Double {
    let exponent = real(exponents), whole = exponent.rounded(.down)
    // 1 to 10 times a power of ten that is read, not computed, so that the text stays short.
    let factor = (1 + 9 * (exponent - whole) * (exponent - whole)).toHundredths
    return Double("\(factor)e\(Int(whole))") ?? 1
  }
}

extension Double {
  fileprivate var toHundredths: Double { (self * 100).rounded() / 100 }
}
