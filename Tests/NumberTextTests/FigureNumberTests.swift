import NumberText
import Testing

@Suite struct FigureNumberTests {
  @Test func numbersReadWell() {
    #expect(FigureNumber.significant(-0.0123456) == "−0.0123")
    #expect(FigureNumber.significant(4.2e-38) == "4.2×10⁻³⁸")
    #expect(FigureNumber.significant(1013) == "1,013" && FigureNumber.significant(32_876, 2) == "3.3×10⁴")
    #expect(FigureNumber.significant(1.2e9) == "1.2×10⁹")
    #expect(FigureNumber.significant(1, padded: true) == "1.00" && FigureNumber.significant(129, padded: true) == "129")
    #expect(FigureNumber.significant(.nan) == "NaN" && FigureNumber.significant(-.infinity) == "−∞")
    #expect(FigureNumber.fixed(-0.04, 1) == "0.0" && FigureNumber.fixed(-0.06, 1) == "−0.1")
    #expect(FigureNumber.power(-400.5) == "3.16×10⁻⁴⁰¹" && FigureNumber.power(0) == "1")
    #expect(
      FigureNumber.power(-400.0001) == "1×10⁻⁴⁰⁰" && FigureNumber.power(1e300) == "∞" && FigureNumber.power(.nan) == "NaN")
    #expect(FigureNumber.significant(9.995) == "9.99" && FigureNumber.significant(-0.0) == "0")
    #expect(FigureNumber.significant(1e-3) == "0.001" && FigureNumber.significant(1e4) == "10,000")
    #expect(FigureNumber.significant(1e300) == "1×10³⁰⁰" && FigureNumber.fixed(.infinity, 1) == "∞")
    #expect(FigureNumber.powerOfTen(-38) == "10⁻³⁸" && FigureNumber.powerOfTen(1) == "10¹")
    #expect(
      FigureNumber.percent(0) == "0%" && FigureNumber.percent(1e-5) == "<0.1%" && FigureNumber.percent(0.9999) == ">99.9%")
    #expect(FigureNumber.percent(0.5234) == "52%" && FigureNumber.percent(0.031) == "3.1%")
    #expect(
      FigureNumber.grouped(1_318_922) == "1,318,922" && FigureNumber.grouped(-12) == "−12"
        && FigureNumber.grouped(100) == "100")
  }
}
