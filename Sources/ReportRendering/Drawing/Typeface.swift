import CCairo
import CFont

/// The embedded font Inter, so that pictures look the same whatever fonts a computer has.
///
/// The faces are opened once and live as long as the process, because cairo keeps scaled fonts cached after a surface is
/// gone. cairo serializes the use of one FT_Face; FreeType allows different faces of one library on different threads.
package struct Typeface: @unchecked Sendable {
  package enum Weight: Sendable {
    case regular, semibold
  }

  let face: OpaquePointer
  /// The Unicode scalars that have a glyph.
  private let coverage: Set<UInt32>

  /// Whether every scalar of a character can be drawn; of an emoji that is joined of several, all must.
  func covers(_ character: Character) -> Bool { character.unicodeScalars.allSatisfy { coverage.contains($0.value) } }

  /// What stands for a character without a glyph: the replacement character where the face has it.
  var replacement: Character { coverage.contains(0xFFFD) ? "\u{FFFD}" : "?" }

  private init(face: OpaquePointer, coverage: Set<UInt32>) {
    self.face = face
    self.coverage = coverage
  }

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
    // Read once, before cairo shares the face among threads.
    var coverage: Set<UInt32> = []
    var glyph: FT_UInt = 0
    var scalar = FT_Get_First_Char(face, &glyph)
    while glyph != 0 {
      coverage.insert(UInt32(truncatingIfNeeded: scalar))
      scalar = FT_Get_Next_Char(face, scalar, &glyph)
    }
    return .success(Typeface(face: cairoFace, coverage: coverage))
  }
}

/// FreeType's FT_LOAD_NO_HINTING is a macro over a cast, which Swift does not import.
private let FT_LOAD_NO_HINTING_FLAG: Int32 = 1 << 1
