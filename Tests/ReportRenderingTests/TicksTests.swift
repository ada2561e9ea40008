import Foundation
import ReportRendering
import NumberText
import Testing

@Suite struct TicksTests {
  @Test func linearTicksAreRound() {
    #expect(Ticks.linear(0, 1, count: 5).map(\.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(Ticks.linear(-3.1, 3.1, count: 4).map(\.label) == ["−2", "0", "2"])
    #expect(Ticks.linear(1e30, 3e30, count: 2).map(\.label) == ["1×10³⁰", "2×10³⁰", "3×10³⁰"])
    #expect(Ticks.linear(1, 1, count: 5).isEmpty && Ticks.linear(0, .infinity, count: 5).isEmpty)
  }

  @Test(arguments: [0.001, 0.37, 1, 12.5, 9e7]) func ticksLieInsideAndAreFew(_ span: Double) {
    for count in 2...12 {
      let ticks = Ticks.linear(-span / 3, span, count: count).map(\.value)
      #expect(ticks.count >= 1 && ticks.count <= count + 1)
      #expect(ticks.allSatisfy { $0 >= -span / 3 * (1 + 1e-9) && $0 <= span * (1 + 1e-9) })
    }
  }

  @Test func powersOfTenAreWholeAndShortRangesGetHalves() {
    #expect(Ticks.log10Axis(-90, 60, count: 4).map(\.label) == ["10⁻⁵⁰", "10⁰", "10⁵⁰"])
    #expect(Ticks.log10Axis(-2, 2, count: 4).map(\.label) == ["10⁻²", "10⁻¹", "10⁰", "10¹", "10²"])
    #expect(Ticks.log10Axis(-0.5, 0.5, count: 8).map(\.label) == ["0.5", "1", "2"])
  }

  /// How a label is written, zero apart, which is the same in all notations.
  private enum Notation: Hashable {
    case plain, powerOfTen, mantissa

    init?(_ label: String) {
      let digits = label.filter { $0.isNumber || $0 == "⁻" }
      if digits == "0" { return nil }
      let isRaised = label.contains { "⁰¹²³⁴⁵⁶⁷⁸⁹".contains($0) }
      self = !isRaised ? .plain : label.contains("×") ? .mantissa : .powerOfTen
    }
  }

  /// Every axis has one notation, whatever its range: through-time had 10⁻¹, 1 and 0.5 on one.
  @Test func everyAxisHasOneNotation() {
    func expectOne(_ ticks: [Tick], _ range: String, fewest: Int) {
      #expect(ticks.count >= fewest, "\(range): \(ticks.map(\.label))")
      #expect(Set(ticks.compactMap { Notation($0.label) }).count <= 1, "\(range): \(ticks.map(\.label))")
      // No label is written with an e, and none stands twice.
      #expect(!ticks.contains { $0.label.contains("e") } && Set(ticks.map(\.label)).count == ticks.count, "\(range)")
    }
    for low in stride(from: -12.0, through: 8, by: 0.37) {
      for span in [0.11, 0.3, 0.52, 0.9, 1.4, 2.3, 3.1, 3.9, 5, 9, 14, 200] {
        for count in [5, 6, 8] { expectOne(Ticks.log10Axis(low, low + span, count: count), "\(low) + \(span)", fewest: 2) }
      }
    }
    for exponent in -14...14 {
      for (a, b) in [(0.0, 1.0), (-1, 1), (0.3, 1.7), (4, 4.5), (-0.02, 9)] {
        let scale = pow(10, Double(exponent))
        expectOne(Ticks.linear(a * scale, b * scale, count: 6), "\(a * scale) to \(b * scale)", fewest: 3)
      }
    }
    // Far from zero the labels have as many digits as tell them apart.
    expectOne(Ticks.linear(1e9, 1e9 + 3, count: 4), "1e9 + 3", fewest: 3)
    #expect(Ticks.linear(0, 3e-6, count: 3).map(\.label) == ["0", "1×10⁻⁶", "2×10⁻⁶", "3×10⁻⁶"])
    #expect(Ticks.linear(0, 1.5e6, count: 3).map(\.label) == ["0", "0.5×10⁶", "1.0×10⁶", "1.5×10⁶"])
    #expect(Ticks.linear(0, 20_000, count: 2).map(\.label) == ["0", "10,000", "20,000"])
    #expect(Ticks.log10Axis(-1.3, 0.8, count: 1).map(\.label) == ["0.1", "0.2", "0.5", "1", "2", "5"])
    #expect(Ticks.log10Axis(-7.1, -6.2, count: 6).map(\.label) == ["1×10⁻⁷", "2×10⁻⁷", "5×10⁻⁷"])
    // Beyond Double's range, too.
    #expect(Ticks.log10Axis(-400.02, -399.5, count: 6).first?.label == "1.0×10⁻⁴⁰⁰")
  }

  @Test func labelsInColumnsAndRowsHaveOneNotation() {
    func labels(_ values: Double...) -> [String] { FigureNumber.labels(ofPowers: values.map(log10), digits: 3) }
    #expect(labels(0.5, 1, 250, 1000) == ["0.5", "1", "250", "1,000"])
    #expect(labels(2e-5, 1, 50) == ["2×10⁻⁵", "1×10⁰", "5×10¹"])
    #expect(FigureNumber.scientific(log10(4.4e-12)) == "4.4×10⁻¹²" && FigureNumber.scientific(log10(9.96)) == "1.0×10¹")
    #expect(FigureNumber.list([1, 3, 5, 6, 7, 9, 10]) == "1, 3, 5–7, 9, 10" && FigureNumber.list([]) == "")
    #expect(FigureNumber.plain(-1234.5, 1) == "−1,234.5" && FigureNumber.plain(12, 0) == "12")
  }

  @Test func layersAreWholeNumbers() {
    #expect(Ticks.integer(1, 2, count: 10).map(\.value) == [1, 2])
    #expect(Ticks.integer(1, 200, count: 10).map(\.label) == (1...10).map { String($0 * 20) })
  }
}
