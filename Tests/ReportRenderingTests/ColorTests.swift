import ReportRendering
import Testing

@Suite struct ColorTests {
  /// Against matplotlib 3.11.2, `colormaps["viridis"](i, bytes=True)`.
  @Test func viridisIsMatplotlibs() {
    #expect(Viridis.table.count == 256)
    #expect(Viridis.color(at: 0) == Color(red: 68, green: 1, blue: 84))
    #expect(Viridis.color(at: 0.5) == Color(red: 32, green: 144, blue: 140))
    #expect(Viridis.color(at: 1) == Color(red: 253, green: 231, blue: 36))
    #expect(Viridis.color(at: -3) == Viridis.color(at: 0) && Viridis.color(at: .nan) == Viridis.color(at: 0))
    let luminances = Viridis.table.map { Color($0).luminance }
    #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 < $1 + 1e-3 })
  }

  @Test func theDivergingMapIsCenteredAndSigned() {
    #expect(DivergingMap.color(at: 0) == Color(0xf7f7f7))
    #expect(DivergingMap.color(at: -1) == Color(0x053061) && DivergingMap.color(at: 1) == Color(0x67001f))
    #expect(DivergingMap.color(at: 9) == DivergingMap.color(at: 1))
    for t in stride(from: 0.1, through: 1, by: 0.1) {
      let loss = DivergingMap.color(at: -t)
      let gain = DivergingMap.color(at: t)
      #expect(loss.blue > loss.red && gain.red > gain.blue)
      // Farther from 0 is darker on both sides.
      #expect(loss.luminance < DivergingMap.color(at: -t + 0.1).luminance)
      #expect(gain.luminance < DivergingMap.color(at: t - 0.1).luminance)
    }
  }

  /// The better of two inks has at least sqrt(1.05 / (ink + 0.05)) = 3.9 of contrast on any ground.
  @Test func numbersOnCellsAreLegible() {
    for t in stride(from: -1.0, through: 1, by: 0.01) {
      let ground = DivergingMap.color(at: t)
      let pair = [ground.luminance, ground.readableInk.luminance].sorted()
      #expect((pair[1] + 0.05) / (pair[0] + 0.05) > 3.9, "at \(t)")
    }
  }

  @Test func seriesAreToldApart() {
    let styles = (0..<63).map(SeriesStyle.categorical)
    for (i, a) in styles.enumerated() {
      for b in styles[(i + 1)...] { #expect(a != b) }
    }
    // Two series of one color differ in dash and marker within the first 27.
    for i in 0..<18 {
      let (a, b) = (styles[i], styles[i + 9])
      #expect(a.color == b.color && a.dash != b.dash && a.marker != b.marker)
    }
  }
}
