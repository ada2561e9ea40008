import Foundation
import LayerKernels
import NetworkGraph
import Testing

@Suite struct AttentionKernelTests {
  static func softmax(_ x: [Double]) -> [Double] {
    let top = x.max() ?? 0, powers = x.map { exp($0 - top) }, sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  @Test(arguments: [Shape.features(1), .features(16), .features(37), .sequence(steps: 3, features: 5)])
  func softmaxOverFeatures(shape: Shape) throws {
    let width = shape.dimensions.last ?? 1
    try GradientCheck(layer: Softmax(), inputShapes: [shape], size: 2).run { x, _ in
      stride(from: 0, to: x[0].count, by: width).flatMap { Self.softmax(Array(x[0][$0..<$0 + width])) }
    }
  }

  /// Logits that a plain exponential could not hold: the differences alone count.
  @Test func softmaxOfHugeLogits() throws {
    let logits: [Double] = [1000, 999, -1000, 1000, -88, 3e38, 3e38, 0, 0, 0]
    try GradientCheck(layer: Softmax(), inputShapes: [.features(5)], batch: 2, inputs: [logits]).run { x, _ in
      Self.softmax(Array(x[0][0..<5])) + Self.softmax(Array(x[0][5...]))
    }
  }

  /// The formula with sums written out.
  private func attention(
    _ x: [Double], _ w: [[Double]], batch: Int, steps: Int, features: Int, heads: Int, causal: Bool
  ) -> [Double] {
    let size = features / heads
    func linear(_ v: [Double], _ index: Int) -> [Double] {
      (0..<features).map { unit in
        (0..<features).reduce(w.count > 4 ? w[4 + index][unit] : 0) { $0 + w[index][unit * features + $1] * v[$1] }
      }
    }
    return (0..<batch).flatMap { sample -> [Double] in
      let rows = (0..<steps).map { Array(x[(sample * steps + $0) * features..<(sample * steps + $0 + 1) * features]) }
      let q = rows.map { linear($0, 0) }, k = rows.map { linear($0, 1) }, v = rows.map { linear($0, 2) }
      return (0..<steps).flatMap { step -> [Double] in
        let seen = causal ? step + 1 : steps
        let mixed = (0..<heads).flatMap { head -> [Double] in
          let columns = head * size..<(head + 1) * size
          let weights = Self.softmax(
            (0..<seen).map { other in
              columns.reduce(0) { $0 + q[step][$1] * k[other][$1] } / Double(size).squareRoot()
            })
          return columns.map { column in (0..<seen).reduce(0) { $0 + weights[$1] * v[$1][column] } }
        }
        return linear(mixed, 3)
      }
    }
  }

  @Test(arguments: [(1, 1, 1, 1), (3, 5, 4, 1), (2, 4, 6, 3), (1, 18, 4, 2), (2, 3, 5, 5)], [true, false])
  func selfAttention(size: (batch: Int, steps: Int, features: Int, heads: Int), causal: Bool) throws {
    let layer = SelfAttention(heads: size.heads, isCausal: causal, hasBias: causal)
    let shape = Shape.sequence(steps: size.steps, features: size.features)
    // A key's bias shifts all logits of a step alike: its gradient is 0, a sum of terms of order 1.
    try GradientCheck(layer: layer, inputShapes: [shape], batch: size.batch, floor: 1).run { x, w in
      attention(
        x[0], w, batch: size.batch, steps: size.steps, features: size.features, heads: size.heads, causal: causal)
    }
  }

  @Test func lastStep() throws {
    try GradientCheck(layer: LastStep(), inputShapes: [.sequence(steps: 4, features: 3)]).run { x, _ in
      (0..<3).flatMap { x[0][$0 * 12 + 9..<$0 * 12 + 12] }
    }
  }

  @Test func reverse() throws {
    try GradientCheck(layer: Reverse(), inputShapes: [.sequence(steps: 4, features: 3)]).run { x, _ in
      // Samples of 12 values, steps of 3.
      x[0].indices.map { index in
        let step = index % 12 / 3
        return x[0][index + 3 * (3 - 2 * step)]
      }
    }
  }

  @Test(arguments: ["softmax", "self_attention"]) func agreesWithPyTorch(kind: String) throws {
    try LayerFixture.load(kind).check()
  }
}
