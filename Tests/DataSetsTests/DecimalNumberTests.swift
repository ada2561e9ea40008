import DataSets
import Testing

@Suite struct DecimalNumberTests {
  private func parse(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { DecimalNumber.parse($0) }
  }

  /// Both the short cut for small mantissas and the long way round must read each number as the standard library does, to
  /// the last bit: the standard library rounds correctly.
  @Test func agreesWithTheStandardLibraryToTheLastBit() throws {
    var texts = [
      "0", "-0", "9007199254740993", "123456789012345678901234567890", "1e22", "1e23", "1e-22", "1e-23", "4.9e-324",
    ]
    texts += ["0.1", "1.7976931348623157e308", "1e-400", "1e400", "00000000000000000000000000012.50", ".5", "5.", "1E+5"]
    texts += ["0e99999999999999999999", "0.1e-99999999999999999999", String(repeating: "9", count: 400), "+7e-3"]
    for index in 0..<4000 {
      // 1 to 19 digits, some with a point, decimal exponents -40...39.
      let bits = noise(8, seed: UInt64(index)).reduce(0) { $0 << 8 | UInt64($1) }
      var digits = String(bits).prefix(1 + index % 19)
      if index % 3 == 0 { digits.insert(".", at: digits.index(after: digits.startIndex)) }
      texts.append("\(index % 2 == 0 ? "" : "-")\(digits)e\(index % 80 - 40)")
    }
    for text in texts {
      let expected = try #require(Double(text))
      #expect(parse(text)?.bitPattern == expected.bitPattern, "\(text)")
    }
  }

  @Test(arguments: [
    "", "-", "+", ".", "-.", "e5", "1e", "1e+", "1e5.", "1.2.3", "0x10", "1_000", "1 ", " 1", "--1", "nano", "in",
  ])
  func whatIsNoNumberIsNil(text: String) {
    #expect(parse(text) == nil)
  }

  @Test func wordsAreNumbersThatAreNotFinite() {
    #expect(parse("NaN")?.isNaN == true)
    #expect(parse("-nan")?.isNaN == true)
    #expect(parse("Infinity") == .infinity)
    #expect(parse("-INF") == -.infinity)
  }
}
