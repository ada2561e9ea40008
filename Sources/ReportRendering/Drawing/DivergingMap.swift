/// A color map from blue (losses) over near-white (nothing) to red (gains), safe for the common color-vision deficiencies.
///
/// Source: the 11-class RdBu of ColorBrewer 2.0 (Cynthia Brewer, colorbrewer2.org), interpolated linearly in sRGB.
package enum DivergingMap {
  /// The color at `t` in -1...1; values outside are clamped, NaN counts as 0.
  package static func color(at t: Double) -> Color {
    let position = ((t.isNaN ? 0 : min(max(t, -1), 1)) + 1) / 2 * Double(anchors.count - 1)
    let index = min(Int(position), anchors.count - 2)
    return anchors[index].mixed(with: anchors[index + 1], position - Double(index))
  }

  package static let anchors: [Color] = [
    Color(0x053061), Color(0x2166ac), Color(0x4393c3), Color(0x92c5de), Color(0xd1e5f0), Color(0xf7f7f7),
    Color(0xfddbc7), Color(0xf4a582), Color(0xd6604d), Color(0xb2182b), Color(0x67001f),
  ]
}
