import CPNG

/// Encodes a canvas as PNG.
package enum PNGImage {
  /// A text chunk of a PNG file. A value beyond ASCII becomes iTXt.
  package struct Text: Sendable, Equatable {
    package var keyword: String
    package var value: String

    package init(_ keyword: String, _ value: String) {
      self.keyword = keyword
      self.value = value
    }
  }

  /// 96 pixels per inch, what "100%" means on a screen.
  package static let pixelsPerMetre: UInt32 = 3780

  package static func encode(_ canvas: Canvas, texts: [Text]) throws(RenderingError) -> [UInt8] {
    let chunks = texts.map { cpng_text(keyword: copy($0.keyword), value: copy($0.value)) }
    defer {
      for chunk in chunks {
        chunk.keyword?.deallocate()
        chunk.value?.deallocate()
      }
    }
    var buffer = cpng_buffer()
    defer { cpng_buffer_free(&buffer) }
    var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
    let status = try canvas.withRows { rows, stride in
      cpng_encode(
        rows, stride, UInt32(canvas.width), UInt32(canvas.height), CPNG_XRGB32, pixelsPerMetre, chunks, chunks.count,
        &buffer,
        &message)
    }
    guard status == CPNG_OK else {
      throw RenderingError(
        library: "libpng", message: String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      )
    }
    return [UInt8](UnsafeBufferPointer(start: buffer.bytes, count: buffer.count))
  }

  private static func copy(_ text: String) -> UnsafePointer<CChar> {
    // A NUL inside would end the chunk early.
    let bytes = text.utf8.filter { $0 != 0 }.map(CChar.init(bitPattern:)) + [0]
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    pointer.initialize(from: bytes, count: bytes.count)
    return UnsafePointer(pointer)
  }
}
