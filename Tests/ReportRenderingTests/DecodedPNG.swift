import CPNG
import Foundation
import ReportRendering

/// A picture read back: pixels and text chunks.
struct DecodedPNG {
  var width: Int
  var height: Int
  var pixels: [UInt8]
  var texts: [String: String]
  var pixelsPerMetre: UInt32

  struct Refused: Error {
    var message: String
  }

  init(_ bytes: [UInt8]) throws {
    var image = cpng_image()
    var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
    let status = cpng_decode(bytes, bytes.count, &image, &message)
    guard status == CPNG_OK else {
      throw Refused(message: String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    defer { cpng_image_free(&image) }
    width = Int(image.width)
    height = Int(image.height)
    pixels = [UInt8](UnsafeBufferPointer(start: image.rgba, count: width * height * 4))
    texts = [:]
    for text in UnsafeBufferPointer(start: image.texts, count: image.text_count) {
      texts[String(cString: text.keyword)] = String(cString: text.value)
    }
    pixelsPerMetre = image.pixels_per_metre
  }

  func color(_ x: Int, _ y: Int) -> Color {
    let offset = (y * width + x) * 4
    return Color(red: pixels[offset], green: pixels[offset + 1], blue: pixels[offset + 2])
  }

  /// Number of pixels of exactly this color in a rectangle.
  func count(_ color: Color, x: Range<Int>, y: Range<Int>) -> Int {
    y.reduce(0) { total, row in total + x.reduce(0) { $0 + (self.color($1, row) == color ? 1 : 0) } }
  }

  /// Number of pixels darker than a light grey: text and frames, but not grid lines.
  func ink(x: Range<Int>, y: Range<Int>) -> Int {
    y.reduce(0) { total, row in
      total
        + x.reduce(0) {
          let color = self.color($1, row)
          return $0 + (Int(color.red) + Int(color.green) + Int(color.blue) < 600 ? 1 : 0)
        }
    }
  }
}
