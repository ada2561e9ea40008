/// SipHash-2-4: a keyed 64-bit hash of a byte string (Aumasson and Bernstein 2012, "SipHash: a fast short-input PRF").
///
/// Random streams take their keys from it: names that differ in one letter and seeds that differ by one give unrelated keys,
/// the same on every machine (the standard library's `Hasher` is seeded anew in each process).
package enum SipHash {
  package static func hash(_ bytes: some Collection<UInt8>, key: (low: UInt64, high: UInt64)) -> UInt64 {
    var state = State(key: key)
    // Little-endian words; the last one holds the remaining bytes and, in its top byte, the length.
    var word: UInt64 = 0
    var filled: UInt64 = 0
    for byte in bytes {
      word |= UInt64(byte) << (8 * filled)
      filled += 1
      if filled == 8 {
        state.absorb(word)
        (word, filled) = (0, 0)
      }
    }
    state.absorb(word | UInt64(truncatingIfNeeded: bytes.count) << 56)
    return state.finish()
  }

  struct State {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(key: (low: UInt64, high: UInt64)) {
      v0 = key.low ^ 0x736f_6d65_7073_6575
      v1 = key.high ^ 0x646f_7261_6e64_6f6d
      v2 = key.low ^ 0x6c79_6765_6e65_7261
      v3 = key.high ^ 0x7465_6462_7974_6573
    }

    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish() -> UInt64 {
      v2 ^= 0xff
      for _ in 0..<4 { round() }
      return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
      v0 &+= v1
      v1 = rotate(v1, 13) ^ v0
      v0 = rotate(v0, 32)
      v2 &+= v3
      v3 = rotate(v3, 16) ^ v2
      v0 &+= v3
      v3 = rotate(v3, 21) ^ v0
      v2 &+= v1
      v1 = rotate(v1, 17) ^ v2
      v2 = rotate(v2, 32)
    }

    private func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
  }
}
