/// A point in pixels; y grows downwards.
package struct Point: Sendable, Equatable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// An upright rectangle in pixels.
package struct Rectangle: Sendable, Equatable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package var left: Double { x }
  package var right: Double { x + width }
  package var top: Double { y }
  package var bottom: Double { y + height }
  package var center: Point { Point(x + width / 2, y + height / 2) }

  package func inset(by margin: Double) -> Rectangle {
    Rectangle(x: x + margin, y: y + margin, width: max(0, width - 2 * margin), height: max(0, height - 2 * margin))
  }
}
