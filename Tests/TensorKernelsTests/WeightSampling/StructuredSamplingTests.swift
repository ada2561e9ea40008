import CGSL
import Foundation
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

@Suite struct StructuredSamplingTests {
  struct FrameworkLaws: Decodable {
    struct Exact: Decodable {
      var initializer: String
      var shape: WeightShape
      var weights: [Float]
    }
    var exact: [Exact]
  }

  /// Identity, dirac and constants, entry by entry as PyTorch fills them, groups included.
  @Test func deterministicTensorsAreTorchs() throws {
    let data = try Data(contentsOf: Repository.reference("initializers/framework_laws.json"))
    let cases = try JSONDecoder().decode(FrameworkLaws.self, from: data).exact
    #expect(cases.count == 36)
    for expected in cases {
      let initializer = try Initializer(parsing: expected.initializer)
      let drawn = WeightSamplerTests.draw(initializer.law(for: expected.shape), expected.shape).weights
      expectEqual(drawn, expected.weights, "\(expected.initializer) in \(expected.shape)")
    }
  }

  /// Reference case 8: min(out / groups, in) * groups entries are 1, `in` being a group's inputs.
  @Test(arguments: [
    (WeightShape(outputs: 8, inputs: 4, taps: [3, 3], groups: 2), 4), (WeightShape(outputs: 2, inputs: 6, taps: [3]), 2),
    (WeightShape(outputs: 6, inputs: 2, taps: [4, 4]), 2), (WeightShape(outputs: 4, inputs: 4, taps: [3, 3], groups: 4), 4),
  ])
  func diracHasOneTapAChannel(shape: WeightShape, ones: Int) {
    let weights = WeightSamplerTests.draw(.dirac, shape).weights
    #expect(weights.count { $0 != 0 } == ones)
    #expect(weights.reduce(0, +) == Float(ones))
  }

  /// Reference case 8: at least ceil(s * rows) zeros in each column, and every row as often as another.
  @Test(arguments: [0.1, 0.5, 0.9, 0, 1])
  func sparseColumnsHaveTheirZeros(fraction: Double) {
    let shape = WeightShape(outputs: 7, inputs: 3000)
    let zeros = Int((fraction * 7).rounded(.up))
    let weights = WeightSamplerTests.draw(Initializer.sparse(fraction: fraction, std: 2).law(for: shape), shape).weights
    var zerosByRow = [Int](repeating: 0, count: 7)
    for column in 0..<3000 {
      let rows = (0..<7).filter { weights[$0 * 3000 + column] == 0 }
      #expect(rows.count == zeros)
      for row in rows { zerosByRow[row] += 1 }
    }
    // Binomial: a row is zero in each column with probability zeros / 7.
    let p = Double(zeros) / 7
    for count in zerosByRow {
      let bound = FalseAlarm.mean(std: (p * (1 - p)).squareRoot(), count: 3000)
      #expect(abs(Double(count) / 3000 - p) <= bound)
    }
    let kept = weights.filter { $0 != 0 }
    guard kept.count > 1 else { return }
    #expect(kolmogorovDistance(kept) { gsl_cdf_gaussian_P($0, 2) } < FalseAlarm.kolmogorov(count: kept.count))
    #expect(FalseAlarm.varianceRatio(count: kept.count).contains(Moments(kept).variance / 4))
  }

  /// The zeros of two columns are independent: rows shared by neighbours follow the hypergeometric mean.
  @Test func sparsePatternsDifferByColumn() {
    let shape = WeightShape(outputs: 20, inputs: 2000)
    let weights = WeightSamplerTests.draw(.sparse(zerosPerColumn: 10, std: 1), shape).weights
    var shared = 0
    for column in stride(from: 0, to: 2000, by: 2) {
      shared += (0..<20).count { weights[$0 * 2000 + column] == 0 && weights[$0 * 2000 + column + 1] == 0 }
    }
    // Hypergeometric(20, 10, 10): mean 5, variance 10 * 1/2 * 1/2 * 10/19.
    #expect(abs(Double(shared) / 1000 - 5) < FalseAlarm.mean(std: (25.0 / 19).squareRoot(), count: 1000))
  }

  /// Reference case 7: every tap but the centre is 0; with no more inputs than units |W x| = gain |x| at the centre.
  @Test(arguments: [
    WeightShape(outputs: 6, inputs: 4, taps: [3, 3]), WeightShape(outputs: 5, inputs: 5, taps: [5]),
    WeightShape(outputs: 8, inputs: 4, taps: [3, 3], groups: 2), WeightShape(outputs: 6, inputs: 4, taps: [4, 2, 3]),
  ])
  func deltaOrthogonalKeepsTheNorm(shape: WeightShape) {
    let gain = 1.7
    let weights = WeightSamplerTests.draw(.deltaOrthogonal(gain: gain), shape).weights
    let taps = shape.receptiveField
    let center = shape.taps.reduce(0) { $0 * $1 + $1 / 2 }
    for (index, weight) in weights.enumerated() where index % taps != center { #expect(weight == 0) }

    let inputs = shape.inputs / shape.groups, units = shape.outputs / shape.groups
    for group in 0..<shape.groups {
      let x = (0..<inputs).map { Double($0 * $0) - 3.5 * Double(group + 1) }
      var square = 0.0
      for unit in 0..<units {
        let row = (group * units + unit) * shape.columns
        let y = (0..<inputs).reduce(0.0) { $0 + Double(weights[row + $1 * taps + center]) * x[$1] }
        square += y * y
      }
      let ratio = (square / x.reduce(0) { $0 + $1 * $1 }).squareRoot()
      // Orthonormal to 1e-6 in Float.
      #expect(abs(ratio / gain - 1) < 1e-6)
    }
  }

  /// Groups draw matrices of their own.
  @Test func deltaOrthogonalGroupsDiffer() {
    let shape = WeightShape(outputs: 8, inputs: 8, taps: [1], groups: 2)
    let weights = WeightSamplerTests.draw(.deltaOrthogonal(gain: 1), shape).weights
    #expect(weights[0..<16] != weights[16..<32])
  }

  /// A gate's matrix is drawn by itself: orthonormal in each copy, as many zeros in each column of each copy, ones on each
  /// copy's diagonal; and no copy is another's.
  @Test func copiesAreMatricesOfTheirOwn() {
    let shape = WeightShape(outputs: 6, inputs: 6, copies: 4), size = 36
    let orthogonal = WeightSamplerTests.draw(.orthogonal(gain: 1.5, transposed: false), shape).weights
    let delta = WeightSamplerTests.draw(.deltaOrthogonal(gain: 1.5), shape).weights
    let sparse = WeightSamplerTests.draw(.sparse(zerosPerColumn: 2, std: 0.5), shape).weights
    let identity = WeightSamplerTests.draw(.identity(gain: 2), shape).weights
    for copy in 0..<4 {
      let own = copy * size..<(copy + 1) * size
      // Orthonormal to 1e-6 in Float.
      #expect(OrthogonalSamplingTests.defect(Array(orthogonal[own]), rows: 6, columns: 6, gain: 1.5) < 1e-6)
      #expect(OrthogonalSamplingTests.defect(Array(delta[own]), rows: 6, columns: 6, gain: 1.5) < 1e-6)
      for column in 0..<6 {
        #expect((0..<6).count { sparse[copy * size + $0 * 6 + column] == 0 } == 2)
      }
      for place in 0..<size { #expect(identity[copy * size + place] == (place % 7 == 0 ? 2 : 0)) }
      for other in 0..<copy {
        let others = other * size..<(other + 1) * size
        #expect(orthogonal[own] != orthogonal[others])
        #expect(delta[own] != delta[others])
        #expect(sparse[own].map { $0 == 0 } != sparse[others].map { $0 == 0 })
      }
    }
    // The first copy is what a lone matrix would be.
    #expect(
      Array(orthogonal[0..<size])
        == WeightSamplerTests.draw(.orthogonal(gain: 1.5, transposed: false), shape.copy).weights)
  }
}
