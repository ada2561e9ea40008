/// Turns big-endian elements into little-endian ones.
enum ByteOrder {
  static func reverse(_ block: UnsafeMutableRawBufferPointer, elementSize: Int) {
    guard elementSize > 1 else { return }
    for start in stride(from: 0, to: block.count - elementSize + 1, by: elementSize) {
      for place in 0..<elementSize / 2 { block.swapAt(start + place, start + elementSize - 1 - place) }
    }
  }
}
