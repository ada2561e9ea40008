import Foundation
import InitScope

// Shared by the tests and, through a symbolic link, by Benchmarks' mutations. Weights come from here and not from the
// engine's own samplers: users' weights do too.

/// Reproducible weights of the laws that frameworks draw from.
struct DrawnWeights {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// SplitMix64 (Steele 2014).
  private mutating func word() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// On (0, 1).
  private mutating func unit() -> Double { (Double(word() >> 11) + 0.5) * 0x1p-53 }

  private mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()) }

  mutating func normal(_ count: Int, variance: Double) -> [Float] {
    (0..<count).map { _ in Float(normal() * variance.squareRoot()) }
  }

  mutating func uniform(_ count: Int, low: Double, high: Double) -> [Float] {
    (0..<count).map { _ in Float(low + (high - low) * unit()) }
  }

  /// A normal of that deviation, drawn again where it lies beyond two of them.
  mutating func truncated(_ count: Int, std: Double) -> [Float] {
    (0..<count).map { _ in
      var value = normal()
      while abs(value) > 2 { value = normal() }
      return Float(value * std)
    }
  }

  /// Orthonormal rows by Gram and Schmidt, in Double.
  mutating func orthogonal(_ n: Int) -> [[Double]] {
    var rows: [[Double]] = []
    while rows.count < n {
      var row = (0..<n).map { _ in normal() }
      // Twice is enough (Giraud 2005).
      for _ in 0..<2 {
        for other in rows {
          let product = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in row.indices { row[index] -= product * other[index] }
        }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      rows.append(row.map { $0 / norm })
    }
    return rows
  }

  /// Rounded to the nearest bfloat16.
  static func bfloat16(_ value: Float) -> Float {
    let bits = value.bitPattern, half: UInt32 = 0x7FFF + ((bits >> 16) & 1)
    return Float(bitPattern: (bits &+ half) & 0xFFFF_0000)
  }
}

extension AuditConfiguration {
  /// Fills the weights of every layer, or of those named, in place of the engine.
  mutating func giveWeights(
    seed: UInt64 = 11, of names: Set<String>? = nil, _ fill: (inout DrawnWeights, WeightShape) -> [Float]
  ) {
    var draws = DrawnWeights(seed: seed)
    for node in network.nodes where names?.contains(node.name) ?? true {
      guard let shape = node.layer.weightShape(from: node.inputShapes) else { continue }
      given.weights[node.name] = fill(&draws, shape)
    }
  }

  /// The same biases in every layer that has some.
  mutating func giveBiases(_ value: Float) {
    for node in network.nodes {
      guard let tensor = node.parameters.first(where: { $0.role == .bias }) else { continue }
      given.biases[node.name] = Array(repeating: value, count: tensor.count)
    }
  }
}
