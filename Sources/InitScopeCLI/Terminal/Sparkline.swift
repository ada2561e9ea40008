/// A curve of log10 values as a row of block characters on one fixed scale, so that rows can be compared.
enum Sparkline {
  /// log10 values that the lowest and the highest block stand for; the middle is 1.
  static let range = -6.0...6.0
  /// Seven blocks have a middle, so that a level signal does not flicker: ▄ stands for everything within a factor of 7 of 1.
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"]

  /// `width` characters of that sample the values at even distances; `·` stands where there is no signal.
  static func draw(_ values: [Double?], width: Int, in range: ClosedRange<Double> = Self.range) -> String {
    guard !values.isEmpty else { return String(repeating: "·", count: width) }
    let count = min(width, values.count)
    let curve = (0..<count).map { position -> Character in
      let index = count == 1 ? 0 : (position * (values.count - 1) + (count - 1) / 2) / (count - 1)
      guard let value = values[index] else { return "·" }
      let fraction = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      return blocks[Int((min(max(fraction, 0), 0.999) * Double(blocks.count)).rounded(.down))]
    }
    return String(curve) + String(repeating: " ", count: width - count)
  }
}
