import CCairo

/// An opaque white picture on which figures draw, through cairo.
///
/// Text is filled as outlines, not blitted as glyph images: positions then keep their fractions whatever the version of
/// cairo, and the pictures stay stable.
package final class Canvas {
  package let width: Int
  package let height: Int
  let context: OpaquePointer
  private let surface: OpaquePointer

  /// cairo's limit on the side of an image surface.
  package static let largestSide = 32767

  package init(width: Int, height: Int) throws(RenderingError) {
    precondition(width > 0 && height > 0, "a canvas of \(width) x \(height) pixels")
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(clamping: width), Int32(clamping: height)),
      let context = cairo_create(surface)
    else { throw RenderingError(library: "cairo", message: "no image surface") }
    self.width = width
    self.height = height
    self.surface = surface
    self.context = context
    try check()

    cairo_set_antialias(context, CAIRO_ANTIALIAS_GOOD)
    let options = cairo_font_options_create()
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)

    set(.white)
    cairo_paint(context)
    // Loads both faces now, so that drawing text cannot fail later.
    faces = (try Typeface.load(.regular), try Typeface.load(.semibold))
    try check()
  }

  private var faces: (regular: Typeface, semibold: Typeface)?

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// Throws cairo's first error, after which it draws nothing more.
  package func check() throws(RenderingError) {
    let status = cairo_status(context)
    guard status == CAIRO_STATUS_SUCCESS else {
      throw RenderingError(library: "cairo", message: String(cString: cairo_status_to_string(status)))
    }
  }

  /// Calls `body` with the rows, as 32-bit words 0x00RRGGBB of the host's byte order, and their distance in bytes.
  func withRows<R>(_ body: (UnsafePointer<UInt8>, Int) -> R) throws(RenderingError) -> R {
    try check()
    cairo_surface_flush(surface)
    guard let data = cairo_image_surface_get_data(surface) else {
      throw RenderingError(library: "cairo", message: "no pixels")
    }
    return body(UnsafePointer(data), Int(cairo_image_surface_get_stride(surface)))
  }

  func set(_ color: Color) {
    cairo_set_source_rgba(
      context, Double(color.red) / 255, Double(color.green) / 255, Double(color.blue) / 255, color.alpha)
  }

  func face(_ weight: Typeface.Weight) -> Typeface? { weight == .regular ? faces?.regular : faces?.semibold }

  func select(_ weight: Typeface.Weight, size: Double) {
    guard let face = face(weight) else { return }
    cairo_set_font_face(context, face.face)
    cairo_set_font_size(context, size)
  }
}
