import Glibc

/// An sRGB color with straight alpha.
package struct Color: Sendable, Equatable, Hashable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8
  package var alpha: Double

  package init(red: UInt8, green: UInt8, blue: UInt8, alpha: Double = 1) {
    self.red = red
    self.green = green
    self.blue = blue
    self.alpha = alpha
  }

  /// Makes a color from `0xRRGGBB`.
  package init(_ hex: UInt32) {
    self.init(
      red: UInt8(truncatingIfNeeded: hex >> 16), green: UInt8(truncatingIfNeeded: hex >> 8),
      blue: UInt8(truncatingIfNeeded: hex))
  }

  package func opacity(_ alpha: Double) -> Color {
    Color(red: red, green: green, blue: blue, alpha: alpha)
  }

  /// Mixes two colors by linear interpolation of their sRGB components, as published color tables are interpolated; `t` in
  /// 0...1.
  package func mixed(with other: Color, _ t: Double) -> Color {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + (Double(b) - Double(a)) * t).rounded())
    }
    return Color(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
  }

  /// The relative luminance by WCAG 2.1, 0 for black and 1 for white.
  package var luminance: Double {
    func linear(_ component: UInt8) -> Double {
      let c = Double(component) / 255
      return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// Black or white ink, whichever contrasts more with this color as background (WCAG 2.1 contrast ratio).
  package var readableInk: Color {
    let l = luminance + 0.05
    return 1.05 / l > l / (Color.ink.luminance + 0.05) ? .white : .ink
  }
}

extension Color {
  package static let white = Color(0xffffff)
  /// The color of text.
  package static let ink = Color(0x1f2328)
  /// The color of secondary text: contrast 5.2:1 on white.
  package static let quiet = Color(0x656d76)
  /// The color of frames and ticks.
  package static let rule = Color(0x8c959f)
  /// The color of grid lines.
  package static let grid = Color(0xe4e8ec)
  /// The background of a cell without signal.
  package static let absent = Color(0xeceff2)
  /// The hatching of a cell without signal.
  package static let hatch = Color(0xa9b1ba)
  /// The color of a non-finite signal.
  package static let nonFinite = Color(0x000000)
}
