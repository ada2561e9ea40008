import CCairo

extension Canvas {
  package func fill(_ rectangle: Rectangle, _ color: Color) {
    set(color)
    cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
    cairo_fill(context)
  }

  package func stroke(_ rectangle: Rectangle, _ color: Color, width: Double = 1) {
    set(color)
    cairo_set_line_width(context, width)
    cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
    cairo_stroke(context)
  }

  /// Strokes an open polyline with round joins; fewer than two points draw nothing. `offset` is where in the dashes it
  /// starts.
  package func stroke(_ points: [Point], _ color: Color, width: Double = 1, dash: [Double] = [], offset: Double = 0) {
    guard points.count > 1 else { return }
    trace(points)
    set(color)
    cairo_set_line_width(context, width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_dash(context, dash, Int32(dash.count), offset)
    cairo_stroke(context)
    cairo_set_dash(context, nil, 0, 0)
  }

  package func line(_ from: Point, _ to: Point, _ color: Color, width: Double = 1, dash: [Double] = []) {
    stroke([from, to], color, width: width, dash: dash)
  }

  package func fill(polygon points: [Point], _ color: Color) {
    guard points.count > 2 else { return }
    trace(points)
    cairo_close_path(context)
    set(color)
    cairo_fill(context)
  }

  /// Runs `body` with drawing confined to `rectangle`.
  package func clipped<R>(to rectangle: Rectangle, _ body: () throws -> R) rethrows -> R {
    cairo_save(context)
    defer { cairo_restore(context) }
    cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
    cairo_clip(context)
    return try body()
  }

  /// Fills with diagonal strokes on grey, the sign for "no signal".
  package func hatch(_ rectangle: Rectangle, spacing: Double = 6) {
    fill(rectangle, .absent)
    clipped(to: rectangle) {
      // Strokes lie on x + y = k * spacing, so that those of neighbouring cells line up.
      let first = ((rectangle.left + rectangle.top) / spacing).rounded(.down)
      let last = ((rectangle.right + rectangle.bottom) / spacing).rounded(.up)
      set(.hatch)
      cairo_set_line_width(context, 1)
      for k in stride(from: first, through: last, by: 1) {
        let sum = k * spacing
        cairo_move_to(context, sum - rectangle.top, rectangle.top)
        cairo_line_to(context, sum - rectangle.bottom, rectangle.bottom)
      }
      cairo_stroke(context)
    }
  }

  /// Draws a marker of about `size` pixels, filled with the color and outlined in white where it has an area.
  package func mark(_ marker: SeriesStyle.Marker, at p: Point, _ color: Color, size: Double = 7) {
    let r = size / 2
    switch marker {
    case .circle:
      cairo_new_sub_path(context)
      cairo_arc(context, p.x, p.y, r, 0, 2 * .pi)
    case .square:
      trace([Point(p.x - r, p.y - r), Point(p.x + r, p.y - r), Point(p.x + r, p.y + r), Point(p.x - r, p.y + r)])
    case .triangle:
      trace([Point(p.x, p.y - r * 1.2), Point(p.x + r * 1.1, p.y + r * 0.8), Point(p.x - r * 1.1, p.y + r * 0.8)])
    case .downTriangle:
      trace([Point(p.x, p.y + r * 1.2), Point(p.x + r * 1.1, p.y - r * 0.8), Point(p.x - r * 1.1, p.y - r * 0.8)])
    case .diamond:
      trace([Point(p.x, p.y - r * 1.3), Point(p.x + r * 1.3, p.y), Point(p.x, p.y + r * 1.3), Point(p.x - r * 1.3, p.y)])
    case .plus:
      stroke([Point(p.x - r, p.y), Point(p.x + r, p.y)], color, width: 2.2)
      return stroke([Point(p.x, p.y - r), Point(p.x, p.y + r)], color, width: 2.2)
    case .cross:
      stroke([Point(p.x - r * 0.8, p.y - r * 0.8), Point(p.x + r * 0.8, p.y + r * 0.8)], color, width: 2.2)
      return stroke([Point(p.x - r * 0.8, p.y + r * 0.8), Point(p.x + r * 0.8, p.y - r * 0.8)], color, width: 2.2)
    }
    cairo_close_path(context)
    set(color)
    cairo_fill_preserve(context)
    set(.white)
    cairo_set_line_width(context, 0.8)
    cairo_stroke(context)
  }

  private func trace(_ points: [Point]) {
    cairo_new_path(context)
    for point in points { cairo_line_to(context, point.x, point.y) }
  }
}
