import CCairo

/// Size, weight, color and digits of a text.
package struct TextStyle: Sendable {
  package var size: Double
  package var weight: Typeface.Weight
  package var color: Color
  /// Whether digits have equal width, for columns of numbers.
  package var tabular: Bool

  package init(_ size: Double = 13, weight: Typeface.Weight = .regular, color: Color = .ink, tabular: Bool = false) {
    self.size = size
    self.weight = weight
    self.color = color
    self.tabular = tabular
  }

  /// The distance between baselines.
  package var lineHeight: Double { (size * 1.35).rounded() }
}

package enum HorizontalAnchor: Sendable {
  case start, middle, end
}

package enum VerticalAnchor: Sendable {
  /// `y` is the baseline, the middle of the capitals or their top.
  case baseline, middle, top
}

extension Canvas {
  /// The height of Inter's capitals, 2048 of 2816 units to the em.
  private static let capHeight = 2048.0 / 2816.0

  /// Draws one line of text; `angle` in radians turns it about `point`, clockwise.
  package func text(
    _ text: String, at point: Point, _ style: TextStyle = TextStyle(), anchor: HorizontalAnchor = .start,
    vertical: VerticalAnchor = .baseline, angle: Double = 0
  ) {
    let printable = printable(text, style)
    select(style.weight, size: style.size)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, printable, &extents)

    let dx: Double =
      switch anchor {
      case .start: 0
      case .middle: -extents.x_advance / 2
      case .end: -extents.x_advance
      }
    let dy: Double =
      switch vertical {
      case .baseline: 0
      case .middle: Self.capHeight * style.size / 2
      case .top: Self.capHeight * style.size
      }
    cairo_save(context)
    cairo_translate(context, point.x, point.y)
    cairo_rotate(context, angle)
    // Baselines lie on whole pixels, so that horizontal strokes look alike in all lines.
    cairo_new_path(context)
    cairo_move_to(context, dx, angle == 0 ? (point.y + dy).rounded() - point.y : dy)
    cairo_text_path(context, printable)
    set(style.color)
    cairo_fill(context)
    cairo_restore(context)
  }

  /// The width of a text in pixels.
  package func width(of text: String, _ style: TextStyle = TextStyle()) -> Double {
    select(style.weight, size: style.size)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, printable(text, style), &extents)
    return extents.x_advance
  }

  /// The text, shortened in its middle with an ellipsis to fit `limit` pixels. A specification says most at both ends.
  package func fitted(_ text: String, _ style: TextStyle = TextStyle(), to limit: Double) -> String {
    if width(of: text, style) <= limit { return text }
    let characters = Array(text)
    var (low, high) = (0, characters.count)
    // Finds the largest number of characters that fits.
    while low < high {
      let kept = (low + high + 1) / 2
      if width(of: Self.shortened(characters, to: kept), style) <= limit { low = kept } else { high = kept - 1 }
    }
    return Self.shortened(characters, to: low)
  }

  /// Breaks `text` into at most `lines` lines of `limit` pixels, after a comma, a space or an opening parenthesis; what is
  /// still too wide is shortened.
  package func wrapped(_ text: String, _ style: TextStyle = TextStyle(), to limit: Double, lines: Int) -> [String] {
    var pieces: [String] = []
    var piece = ""
    for character in text {
      piece.append(character)
      if character == "," || character == "(" || character == " " {
        pieces.append(piece)
        piece = ""
      }
    }
    if !piece.isEmpty { pieces.append(piece) }

    var result: [String] = []
    var line = ""
    for (index, piece) in pieces.enumerated() {
      if line.isEmpty || width(of: line + piece, style) <= limit {
        line += piece
      } else if result.count == lines - 1 {
        // The last line takes the rest, which may be shortened.
        line += pieces[index...].joined()
        break
      } else {
        result.append(line)
        line = piece
      }
    }
    result.append(line)
    return result.map { fitted($0, style, to: limit) }
  }

  private static func shortened(_ characters: [Character], to kept: Int) -> String {
    let head = (kept + 1) / 2
    return String(characters.prefix(head)) + "…" + String(characters.suffix(kept - head))
  }

  /// Inter keeps its tabular figures at U+E071...U+E07A. Control characters have no glyph, and a NUL would end a C string:
  /// they are spaces. What else has no glyph, such as an emoji, is one replacement character.
  package func printable(_ text: String, _ style: TextStyle) -> String {
    guard let face = face(style.weight) else { return "" }
    var result = String.UnicodeScalarView()
    for character in text {
      let scalars = character.unicodeScalars
      if scalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
        result.append(" ")
      } else if !face.covers(character) {
        result.append(contentsOf: face.replacement.unicodeScalars)
      } else {
        for scalar in scalars {
          let isFigure = style.tabular && (48...57).contains(scalar.value)
          result.append(isFigure ? Unicode.Scalar(0xE071 + scalar.value - 48) ?? scalar : scalar)
        }
      }
    }
    return String(result)
  }
}
