import CPNG
import ReportRendering
import Testing

@Suite struct PNGCodecTests {
  private func encode(
    _ rows: [UInt8], width: Int, height: Int, layout: cpng_layout, texts: [(String, String)] = [], pixelsPerMetre: UInt32 = 0
  ) -> (status: cpng_status, bytes: [UInt8]) {
    let keywords = texts.map { Array($0.0.utf8CString) }
    let values = texts.map { Array($0.1.utf8CString) }
    let pointers = zip(keywords, values).map { keyword, value in
      let k = UnsafeMutablePointer<CChar>.allocate(capacity: keyword.count)
      k.initialize(from: keyword, count: keyword.count)
      let v = UnsafeMutablePointer<CChar>.allocate(capacity: value.count)
      v.initialize(from: value, count: value.count)
      return cpng_text(keyword: k, value: v)
    }
    defer {
      for pointer in pointers {
        pointer.keyword.deallocate()
        pointer.value.deallocate()
      }
    }
    var buffer = cpng_buffer()
    defer { cpng_buffer_free(&buffer) }
    var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
    let status = cpng_encode(
      rows, rows.count / max(1, height), UInt32(width), UInt32(height), layout, pixelsPerMetre, pointers, pointers.count,
      &buffer,
      &message)
    return (status, [UInt8](UnsafeBufferPointer(start: buffer.bytes, count: buffer.count)))
  }

  @Test func colorsSurviveInEveryLayout() throws {
    let rgb: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3]
    let image = try DecodedPNG(encode(rgb, width: 2, height: 2, layout: CPNG_RGB).bytes)
    #expect((image.width, image.height) == (2, 2))
    #expect(image.pixels == [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 1, 2, 3, 255])

    let rgba: [UInt8] = [10, 20, 30, 40, 50, 60, 70, 0]
    #expect(try DecodedPNG(encode(rgba, width: 2, height: 1, layout: CPNG_RGBA).bytes).pixels == rgba)

    let words: [UInt32] = [0x0011_2233, 0xff44_5566]
    let image32 = try DecodedPNG(
      encode(words.withUnsafeBytes { Array($0) }, width: 2, height: 1, layout: CPNG_XRGB32).bytes)
    #expect(image32.pixels == [0x11, 0x22, 0x33, 255, 0x44, 0x55, 0x66, 255])
  }

  @Test func textAndResolutionAreStored() throws {
    let texts = [("Software", "initscope 0.1.0"), ("Title", "Größe × 10⁻³")]
    let (_, bytes) = encode([0, 0, 0], width: 1, height: 1, layout: CPNG_RGB, texts: texts, pixelsPerMetre: 3780)
    let image = try DecodedPNG(bytes)
    #expect(image.texts == ["Software": "initscope 0.1.0", "Title": "Größe × 10⁻³"])
    #expect(image.pixelsPerMetre == 3780)
    // ASCII goes to tEXt, which every reader knows; only UTF-8 needs iTXt.
    let text = String(decoding: bytes, as: Unicode.ASCII.self)
    #expect(text.contains("tEXtSoftware") && text.contains("iTXtTitle"))
  }

  @Test func impossibleImagesAreRefused() {
    #expect(encode([], width: 0, height: 0, layout: CPNG_RGB).status == CPNG_BAD_ARGUMENT)
    // A stride too short for the width.
    #expect(encode([0, 0, 0], width: 2, height: 1, layout: CPNG_RGB).status == CPNG_BAD_ARGUMENT)
    // libpng's own errors, an empty keyword and its limit of a million columns, arrive as a status.
    let unnamed = encode([0, 0, 0], width: 1, height: 1, layout: CPNG_RGB, texts: [("", "x")])
    let wide = encode([UInt8](repeating: 0, count: 3_000_003), width: 1_000_001, height: 1, layout: CPNG_RGB)
    for refused in [unnamed, wide] { #expect(refused.status == CPNG_LIBRARY_ERROR && refused.bytes.isEmpty) }
  }

  @Test func damagedFilesAreRefused() throws {
    let (_, whole) = encode([UInt8](repeating: 7, count: 300), width: 10, height: 10, layout: CPNG_RGB)
    for count in [0, 7, 8, 20, 33, 40, whole.count - 13] {
      #expect(throws: DecodedPNG.Refused.self, "\(count) bytes") { try DecodedPNG(Array(whole.prefix(count))) }
    }
    var lying = whole
    lying[19] = 200  // the width in IHDR, so that its checksum is wrong
    #expect(throws: DecodedPNG.Refused.self) { try DecodedPNG(lying) }
    #expect(throws: DecodedPNG.Refused.self) { try DecodedPNG(Array("GIF89a, not a PNG".utf8)) }
    _ = try DecodedPNG(whole)
  }
}
