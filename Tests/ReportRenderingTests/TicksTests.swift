import ReportRendering
import Testing

@Suite struct TicksTests {
  @Test func linearTicksAreRound() {
    #expect(Ticks.linear(0, 1, count: 5).map(\.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(Ticks.linear(-3.1, 3.1, count: 4).map(\.label) == ["−2", "0", "2"])
    #expect(Ticks.linear(1e30, 3e30, count: 2).map(\.label) == ["1e30", "2e30", "3e30"])
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
    #expect(Ticks.log10Axis(-90, 60, count: 4).map(\.label) == ["10⁻⁵⁰", "1", "10⁵⁰"])
    #expect(Ticks.log10Axis(-2, 2, count: 4).map(\.label) == ["10⁻²", "10⁻¹", "1", "10", "10²"])
    #expect(Ticks.log10Axis(-0.5, 0.5, count: 8).map(\.label) == ["0.5", "1", "2"])
  }

  @Test func layersAreWholeNumbers() {
    #expect(Ticks.integer(1, 2, count: 10).map(\.value) == [1, 2])
    #expect(Ticks.integer(1, 200, count: 10).map(\.label) == (1...10).map { String($0 * 20) })
  }
}
