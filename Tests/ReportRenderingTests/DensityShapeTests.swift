import Foundation
import ReportRendering
import SignalPropagation
import Testing

@Suite struct DensityShapeTests {
  /// Two bins of unit width, a quarter and three quarters.
  private let simple = Histogram(edges: [-1, 0, 1], counts: [1, 3])

  @Test func densitiesSumToOneAndQuantilesInvert() throws {
    let shape = try #require(DensityShape(Histogram(edges: [-1, 0, 2], counts: [1, 3]), inRootMeanSquares: false))
    #expect(shape.shares == [0.25, 0.75] && shape.densities == [0.25, 0.375])
    #expect(shape.quantile(0.25) == 0 && shape.quantile(0.625) == 1 && shape.quantile(1) == 2)
  }

  /// The root mean square of these bins is sqrt(1/4 + 1/12) in units of their width, at any magnitude.
  @Test(arguments: [1e-200, 1e-3, 1, 1e200]) func unitsDoNotDependOnMagnitude(_ scale: Double) throws {
    let histogram = Histogram(edges: simple.edges.map { $0 * scale }, counts: simple.counts)
    let shape = try #require(DensityShape(histogram, inRootMeanSquares: true))
    let expected = sqrt(1.0 / 4 + 1.0 / 12)
    // A few roundings of Double.
    #expect(abs(shape.unit / scale / expected - 1) < 1e-14)
    #expect(abs(shape.edges[2] * expected - 1) < 1e-14)
  }

  @Test func aSpikeDoesNotSetTheScale() throws {
    let spiked = try #require(
      DensityShape(Histogram(edges: [0, 1, 2, 3, 4], counts: [900, 40, 40, 20]), inRootMeanSquares: false))
    #expect(spiked.bodyHeight == 0.04)
    #expect(spiked.share(above: spiked.bodyHeight) == 0.9)
    // A smooth peak stays whole, and a spike alone is its own scale.
    let smooth = try #require(DensityShape(Histogram(edges: [0, 1, 2, 3], counts: [10, 12, 10]), inRootMeanSquares: false))
    #expect(smooth.bodyHeight == 12.0 / 32)
    let alone = try #require(DensityShape(Histogram(edges: [0, 1, 2, 3], counts: [0, 5, 0]), inRootMeanSquares: false))
    #expect(alone.bodyHeight == 1)
  }

  @Test(arguments: [
    Histogram(edges: [], counts: []), Histogram(edges: [0, 1], counts: [0]), Histogram(edges: [0, 1], counts: [1, 2]),
    Histogram(edges: [0, 0], counts: [4]), Histogram(edges: [0, .infinity], counts: [4]),
    Histogram(edges: [1, 0], counts: [4]),
    Histogram(edges: [0, 1, 2], counts: [5, -1]),
  ]) func malformedHistogramsAreNoShapes(_ histogram: Histogram) {
    #expect(DensityShape(histogram, inRootMeanSquares: true) == nil)
    #expect(DensityShape(histogram, inRootMeanSquares: false) == nil)
  }

  @Test func chosenLayersAreSpreadEvenly() {
    #expect(LayerSelection.even(20, limit: 10) == [0, 2, 4, 6, 8, 11, 13, 15, 17, 19])
    #expect(LayerSelection.even(3, limit: 10) == [0, 1, 2])
    #expect(LayerSelection.even(0, limit: 10).isEmpty)
    for count in 11...300 {
      let chosen = LayerSelection.even(count, limit: 10)
      #expect(chosen.count == 10 && chosen.first == 0 && chosen.last == count - 1)
      let gaps = zip(chosen, chosen.dropFirst()).map { $1 - $0 }
      #expect((gaps.max() ?? 0) - (gaps.min() ?? 0) <= 1)
    }
  }
}
