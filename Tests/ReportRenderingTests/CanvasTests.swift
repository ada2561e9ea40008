import ReportRendering
import Testing

@Suite struct CanvasTests {
  private func decoded(_ canvas: Canvas) throws -> DecodedPNG {
    try DecodedPNG(try PNGImage.encode(canvas, texts: []))
  }

  @Test func shapesFillExactlyTheirPixels() throws {
    let canvas = try Canvas(width: 40, height: 30)
    canvas.fill(Rectangle(x: 10, y: 5, width: 20, height: 10), Color(0x123456))
    let image = try decoded(canvas)
    #expect(image.count(Color(0x123456), x: 0..<40, y: 0..<30) == 200)
    #expect(image.color(10, 5) == Color(0x123456) && image.color(29, 14) == Color(0x123456))
    #expect(image.color(9, 5) == .white && image.color(30, 14) == .white)
  }

  @Test func clippingConfinesAndEnds() throws {
    let canvas = try Canvas(width: 20, height: 20)
    canvas.clipped(to: Rectangle(x: 5, y: 5, width: 5, height: 5)) {
      canvas.fill(Rectangle(x: 0, y: 0, width: 20, height: 20), .nonFinite)
    }
    canvas.fill(Rectangle(x: 0, y: 0, width: 1, height: 1), .nonFinite)
    #expect(try decoded(canvas).count(.nonFinite, x: 0..<20, y: 0..<20) == 26)
  }

  @Test func textStandsWhereItsAnchorSays() throws {
    for (anchor, range) in [(HorizontalAnchor.start, 100..<200), (.end, 0..<100), (.middle, 60..<140)] {
      let canvas = try Canvas(width: 200, height: 40)
      canvas.text("Hxgl1", at: Point(100, 20), TextStyle(20), anchor: anchor, vertical: .middle)
      let image = try decoded(canvas)
      let all = image.ink(x: 0..<200, y: 0..<40)
      #expect(all > 100 && image.ink(x: range, y: 0..<40) == all)
    }
  }

  /// The capitals of Inter are 2048/2816 of an em high: 29.1 pixels at 40.
  @Test func theFontIsTheEmbeddedOne() throws {
    let canvas = try Canvas(width: 60, height: 60)
    canvas.text("H", at: Point(5, 50), TextStyle(40))
    let image = try decoded(canvas)
    let rows = (0..<60).filter { y in image.ink(x: 0..<60, y: y..<(y + 1)) > 0 }
    #expect(rows.first == 21 && rows.last == 49)
    #expect(canvas.width(of: "111", TextStyle(13, tabular: true)) == canvas.width(of: "000", TextStyle(13, tabular: true)))
    #expect(canvas.width(of: "111", TextStyle(13)) < canvas.width(of: "000", TextStyle(13)))
    #expect(canvas.width(of: "H", TextStyle(13, weight: .semibold)) > canvas.width(of: "H", TextStyle(13)))
  }

  @Test func longTextIsBrokenAndShortened() throws {
    let canvas = try Canvas(width: 10, height: 10)
    let name = "variance_scaling(scale=2.25,mode=fan_in,distribution=normal)"
    for limit in stride(from: 60.0, through: 600, by: 20) {
      let lines = canvas.wrapped(name, TextStyle(13), to: limit, lines: 3)
      #expect(lines.count <= 3 && lines.allSatisfy { canvas.width(of: $0, TextStyle(13)) <= limit }, "\(limit)")
      if !lines.joined().contains("…") { #expect(lines.joined() == name) }
    }
    #expect(canvas.fitted(name, to: 1000) == name)
    #expect(canvas.fitted("abc", to: 0) == "…")
    #expect(canvas.width(of: "a\u{0}\n\u{1F600}b") > 0)
  }

  /// Emoji have no glyph in the font, whose sign for that is a box of stripes as wide as a letter.
  @Test func charactersWithoutAGlyphAreReplaced() throws {
    let canvas = try Canvas(width: 10, height: 10)
    let style = TextStyle(13)
    let sign = canvas.printable("\u{1F9EA}", style)
    #expect(sign == "\u{FFFD}" || sign == "?")
    #expect(canvas.printable("a\u{1F9EA}b", style) == "a\(sign)b")
    // One for a family of joined scalars and for a flag of two letters; letters with accents are there.
    #expect(canvas.printable("\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{1F1E9}\u{1F1EA}", style) == sign + sign)
    #expect(
      canvas.printable("r\u{e9}seau \u{3be}\u{3c7}\u{2081} \u{d7}10\u{207b}\u{2076} \u{2026}", style)
        == "r\u{e9}seau \u{3be}\u{3c7}\u{2081} \u{d7}10\u{207b}\u{2076} \u{2026}")
    #expect(canvas.printable("a\u{0}\u{1b}[31m\r\nb", style) == "a  [31m b")
  }

  @Test func hatchingIsNeitherEmptyNorFull() throws {
    let canvas = try Canvas(width: 60, height: 60)
    canvas.hatch(Rectangle(x: 10, y: 10, width: 40, height: 40))
    let image = try decoded(canvas)
    let ground = image.count(.absent, x: 10..<50, y: 10..<50)
    #expect(ground > 400 && ground < 1400)
    #expect(image.count(.white, x: 0..<60, y: 0..<60) == 2000)
  }
}
