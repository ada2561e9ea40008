import NumberText
import Testing

/// Expected texts are Python 3.11's `'%.Ng' % x` and `repr(x)`, in Swift's spelling of exponents; halves go away from zero.
@Suite struct ShortNumberTests {
  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (9.995, "9.995"), (1e-3, "0.001"), (1e4, "10000"),
    (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"),
  ]) func exactNumbersReadBack(value: Double, text: String) {
    #expect(exactNumber(value) == text)
    if value.isFinite { #expect(Double(text) == value) }
  }

  @Test(arguments: [
    (0.0, 3, "0"), (-0.0, 3, "0"), (.nan, 3, "nan"), (.infinity, 3, "inf"), (-.infinity, 3, "-inf"),
    // 9.995 is the double 9.99499999999999921840...
    (9.995, 3, "9.99"), (-9.995, 3, "-9.99"), (9.9951, 3, "10"), (1e-3, 3, "0.001"), (1e4, 3, "10000"),
    (1e300, 3, "1e+300"), (1.23456e300, 3, "1.23e+300"), (2.0 / 3, 6, "0.666667"), (1234.5678, 3, "1230"),
    (0.96651, 1, "1"), (2.5, 1, "3"), (-12.5, 2, "-13"), (1.5, 1, "2"), (.leastNonzeroMagnitude, 3, "5e-324"),
    (1.5e-26, 6, "1.5e-26"),
    (1.7976931348623157e308, 17, "1.7976931348623157e+308"),
  ]) func shortNumbersHaveSoManyDigits(value: Double, digits: Int, text: String) {
    #expect(shortNumber(value, digits: digits) == text)
  }

  /// Numbers that a product with a power of ten would leave with digits beyond those asked for.
  @Test func roundingLeavesNoFurtherDigits() {
    for exponent in -300...300 {
      guard let value = Double("1.5e\(exponent)") else { continue }
      #expect(value.rounded(toDigits: 2) == value, "1.5e\(exponent)")
    }
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1000, "-1,000"), (1_318_922, "1,318,922"),
    (.min, "-9,223,372,036,854,775,808"),
  ]) func thousandsStandApart(value: Int, text: String) {
    #expect(groupedNumber(value) == text)
  }
}
