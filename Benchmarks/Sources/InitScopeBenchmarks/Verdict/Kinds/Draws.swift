import Foundation
import InitScope
import TensorKernels

/// Random choices that depend only on a name and a number.
struct Draws {
  private var words: [UInt32]
  private var next = 0

  init(_ name: String, index: Int) {
    var words = [UInt32](repeating: 0, count: 256)
    words.withUnsafeMutableBufferPointer {
      RandomStream(seed: 20_261_129, replica: index, node: name, tensor: .probe).fillWords($0)
    }
    self.words = words
  }

  /// A uniform number in (0, 1).
  mutating func uniform() -> Double {
    defer { next = (next + 1) % words.count }
    return (Double(words[next]) + 0.5) / 4_294_967_296
  }

  mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }
  mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
  mutating func pick<T>(_ values: [T]) -> T { values[Int(uniform() * Double(values.count))] }

  /// Rounds to four digits, as a specification is written.
  static func rounded(_ x: Double) -> Double { Double(String(format: "%.4g", x)) ?? x }
}
