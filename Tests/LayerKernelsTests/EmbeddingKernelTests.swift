import LayerKernels
import NetworkGraph
import Testing

@Suite struct EmbeddingKernelTests {
  @Test func rowsByTheirIds() throws {
    let ids: [Double] = [0, 6, 3, 3, 1, 6, 3, 0]
    let check = GradientCheck(
      layer: Embedding(vocabulary: 7, dimension: 5), inputShapes: [.features(4)], batch: 2, inputs: [ids])
    try check.run { x, w in x[0].flatMap { id in (0..<5).map { w[0][Int(id) * 5 + $0] } } }
  }

  /// What no table holds: fractions go down, everything else to the nearest row; NaN, and what no integer holds, to the
  /// first.
  @Test func idsOutOfRangeAreClamped() throws {
    let ids: [Double] = [-1, 7, 1e30, -1e30, .infinity, -.infinity, .nan, 2.9, 6.5, -0.0]
    let rows = [0, 6, 0, 0, 0, 0, 0, 2, 6, 0]
    let check = GradientCheck(
      layer: Embedding(vocabulary: 7, dimension: 3), inputShapes: [.features(10)], batch: 1, inputs: [ids])
    try check.run { _, w in rows.flatMap { row in (0..<3).map { w[0][row * 3 + $0] } } }
  }

  @Test func agreesWithPyTorch() throws { try LayerFixture.load("embedding").check() }
}
