import NumberText
import Testing

@Suite struct MessageNumberTests {
  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"), (9.995, "9.99"), (1e-3, "0.001"),
    (1e4, "10000"), (12_345, "12300"), (1e5, "1e+05"), (-2.5e-7, "-2.5e-07"), (1e300, "1e+300"),
  ]) func numbers(value: Double, text: String) {
    #expect(MessageNumber.number(value) == text)
  }

  @Test(arguments: [
    (0.0, "1"), (0.01, "1.023"), (0.3, "2"), (3.0111, "1030"), (4.999, "99800"), (5.0001, "1e+05"), (-3.0969, "0.0008"),
    (-36.9, "1.3e-37"), (-5.0001, "1e-05"), (400.5, "3.2e+400"), (.nan, "nan"),
    (.infinity, "inf"), (-.infinity, "0"), (1e300, "10^1e+300"),
  ]) func powersOfTen(logarithm: Double, text: String) {
    #expect(MessageNumber.power(log10: logarithm) == text)
  }

  @Test(arguments: [
    (0.0, "0"), (0.5, "0.5"), (1.29e-23, "1.29e-23"), (9.996e-8, "1e-7"), (-2.5e-7, "-2.5e-7"), (999_999, "1000000"),
    (1e6, "1e6"), (1e300, "1e300"), (.leastNonzeroMagnitude, "4.94e-324"), (.nan, "nan"), (-.infinity, "-inf"),
    (9.995, "9.99"),
  ]) func measurements(value: Double, text: String) {
    #expect(MessageNumber.measured(value) == text)
  }

  @Test func givenNumbersStayWhereTheyAreShort() {
    #expect(MessageNumber.given(0.05) == "0.05" && MessageNumber.given(1e-6) == "1e-06" && MessageNumber.given(100) == "100")
    #expect(MessageNumber.given(2.0 / 3) == "0.6667" && MessageNumber.given(0) == "0" && MessageNumber.given(.nan) == "nan")
  }

  @Test func percentagesCosinesAndDecades() {
    #expect(MessageNumber.percent(0.9667) == "96.7%" && MessageNumber.percent(0.025, digits: 1) == "3%")
    #expect(MessageNumber.percent(0) == "0%" && MessageNumber.percent(.nan) == "nan%")
    #expect(
      MessageNumber.cosine(0.379) == "0.38" && MessageNumber.cosine(0.9995) == "0.9995" && MessageNumber.cosine(1) == "1")
    #expect(MessageNumber.cosine(1 - 2e-7) == "1 - 2e-07")
    #expect(MessageNumber.decades(-1) == "0.1" && MessageNumber.decades(-12.34) == "10^-12.3")
  }
}
