import CCairo
import CFont

/// Inter, embedded: pictures look the same whatever fonts a machine has, and fontconfig is never asked.
///
/// The faces are opened once and live as long as the process, because cairo keeps scaled fonts cached after a surface is
/// gone. cairo serializes the use of one FT_Face; FreeType allows different faces of one library on different threads.
package struct Typeface: @unchecked Sendable {
  package enum Weight: Sendable {
    case regular, semibold
  }

  let face: OpaquePointer

  static func load(_ weight: Weight) throws(RenderingError) -> Typeface {
    switch weight {
    case .regular: try regular.get()
    case .semibold: try semibold.get()
    }
  }

  private static let regular = open(cfont_inter_regular_bytes(), cfont_inter_regular_size)
  private static let semibold = open(cfont_inter_semibold_bytes(), cfont_inter_semibold_size)

  private static func open(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Result<Typeface, RenderingError> {
    var library: FT_Library?
    var face: FT_Face?
    var code = FT_Init_FreeType(&library)
    if code == 0 { code = FT_New_Memory_Face(library, bytes, FT_Long(count), 0, &face) }
    guard code == 0, let face else {
      return .failure(RenderingError(library: "FreeType", message: "error \(code) on the embedded font"))
    }
    guard let cairoFace = cairo_ft_font_face_create_for_ft_face(face, FT_LOAD_NO_HINTING_FLAG),
      cairo_font_face_status(cairoFace) == CAIRO_STATUS_SUCCESS
    else {
      return .failure(RenderingError(library: "cairo", message: "no font face"))
    }
    return .success(Typeface(face: cairoFace))
  }
}

/// FreeType's FT_LOAD_NO_HINTING is a macro over a cast, which Swift does not import.
private let FT_LOAD_NO_HINTING_FLAG: Int32 = 1 << 1
