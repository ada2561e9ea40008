import NumberText
import Testing

@Suite struct TableNumberTests {
  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"), (9.995, "9.99"), (9.996, "10.0"),
    (0.9996, "1.00"), (99.96, "100"), (1e-3, "0.001"), (9.9e-4, "9.9e-04"), (9999.4, "9999"), (9999.6, "1.0e+04"),
    (1e4, "1.0e+04"), (1e300, "1.0e+300"), (-1.018, "-1.02"), (0.0554, "0.055"),
  ]) func threeDigits(value: Double, text: String) {
    #expect(TableNumber.significant(value) == text)
  }

  @Test(arguments: [
    (0.0, "1.00"), (-.infinity, "0"), (.infinity, "inf"), (.nan, "nan"), (1e300, "inf"), (-1e300, "0"), (-400.5, "3.2e-401"),
    (4, "1.0e+04"), (-3, "0.001"), (-6.00001, "1.0e-06"), (42.11, "1.3e+42"),
  ]) func powersOfTen(logarithm: Double, text: String) {
    #expect(TableNumber.power(log10: logarithm) == text)
  }

  @Test func soManyDigitsAndDecimals() {
    #expect(TableNumber.plain(1.74763, 5) == "1.7476" && TableNumber.plain(2, 5) == "2")
    #expect(TableNumber.plain(.nan, 3) == "nan" && TableNumber.plain(3.1e-12, 3) == "3.1e-12")
    #expect(TableNumber.fixed(-0.04, 1) == "0.0" && TableNumber.fixed(-0.06, 1) == "-0.1")
    #expect(TableNumber.fixed(1e300, 2).count == 304 && TableNumber.fixed(-.infinity, 2) == "-inf")
    #expect(TableNumber.cosine(-0.0004) == "0.000" && TableNumber.cosine(0.9591) == "0.959")
  }

  @Test func residualsPercentagesAndProbabilities() {
    #expect(TableNumber.residual(0.84) == "0.8" && TableNumber.residual(23.4) == "23" && TableNumber.residual(1e9) == ">999")
    #expect(TableNumber.residual(9.95) == "10" && TableNumber.residual(.nan) == "nan")
    #expect(TableNumber.percent(0) == "0%" && TableNumber.percent(1e-5) == "<.1%" && TableNumber.percent(0.004) == "0.4%")
    #expect(TableNumber.percent(0.374) == "37%" && TableNumber.percent(1) == "100%")
    #expect(
      TableNumber.accuracy(0.8841) == "88.4%" && TableNumber.accuracy(1) == "100%" && TableNumber.accuracy(0) == "0.0%")
    #expect(TableNumber.probability(0.0432) == ".043" && TableNumber.probability(1e-9) == "<.001")
    #expect(TableNumber.probability(0.9999) == "1" && TableNumber.probability(.nan) == "nan")
  }
}
