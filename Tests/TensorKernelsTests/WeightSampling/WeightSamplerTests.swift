import Foundation
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

@Suite struct WeightSamplerTests {
  static let shape = WeightShape(outputs: 20, inputs: 25)
  static let stream = RandomStream(seed: 9, replica: 0, node: "layer", tensor: .weight)

  static func draw(_ law: WeightLaw, _ shape: WeightShape = shape, stream: RandomStream = stream) -> (
    weights: [Float], exponent: Int
  ) {
    var exponent = 0
    let weights = filled(shape.count) { exponent = WeightSampler.fill($0, law: law, shape: shape, stream: stream) }
    return (weights, exponent)
  }

  /// Laws far outside Float's range are the same draws at another scale: stored near 1, with the exponent beside them.
  @Test(arguments: [1e-30, 1e30, 1e-100, 1e100, 1e-7, 3e6])
  func scalesBeyondFloatAreExact(std: Double) {
    let standard = Self.draw(.normal(mean: 0, std: 1)).weights
    let (weights, exponent) = Self.draw(.normal(mean: 0, std: std))
    #expect(exponent == Int(std.exponent))
    for (x, y) in zip(standard, weights) {
      // The scale and the radius are rounded once more each: 2^-23.
      #expect(abs(Double(y) * scalbn(1, exponent) / std - Double(x)) <= 3e-7 * abs(Double(x)))
    }
  }

  @Test(arguments: [0x1p-20, 1e-3, 1, 0x1p20])
  func ordinaryScalesHaveNoExponent(std: Double) {
    #expect(Self.draw(.normal(mean: 0, std: std)).exponent == 0)
  }

  @Test func everyLawCarriesItsScale() throws {
    let convolution = WeightShape(outputs: 8, inputs: 4, taps: [3, 3], groups: 2)
    let laws: [WeightLaw] = [
      .constant(0.3), .normal(mean: 0.1, std: 0.7), .uniform(low: -0.3, high: 0.9),
      .truncatedNormal(mean: 0, std: 0.5, low: -1, high: 1), .truncatedNormal(mean: 0, std: 0.5, low: 0.1, high: 1),
      .orthogonal(gain: 1.4, transposed: false), .identity(gain: 1.4), .sparse(zerosPerColumn: 2, std: 0.4), .dirac,
      .deltaOrthogonal(gain: 0.6),
    ]
    for law in laws {
      let (plain, none) = Self.draw(law, convolution)
      #expect(none == 0)
      let (scaled, exponent) = Self.draw(law.scaled(by: 0x1p-300), convolution)
      let size = try #require(law.rootMeanSquare(convolution))
      #expect(exponent == Int(size.exponent) - 300)
      // A power of two changes no digit.
      expectEqual(scaled.map { Double($0) * scalbn(1, exponent + 300) }, plain, "\(law)")
    }
  }

  @Test func subnormalDeviationsDoNotTrap() {
    let (weights, exponent) = Self.draw(.normal(mean: 0, std: .leastNonzeroMagnitude))
    #expect(exponent == -1000)
    #expect(weights.allSatisfy { $0.isFinite && $0 != 0 })
  }

  @Test func constantsAreExact() {
    #expect(Self.draw(.constant(0)).weights.allSatisfy { $0 == 0 })
    #expect(Self.draw(.constant(0.25)).weights.allSatisfy { $0 == 0.25 })
    #expect(Self.draw(.constant(0)).exponent == 0)
    #expect(Self.draw(.normal(mean: 0, std: 0)).weights.allSatisfy { $0 == 0 })
  }

  /// All initializers of one family share their base draws; replicas, nodes and seeds do not.
  @Test func initializersArePaired() {
    let he = Self.draw(Initializer.heNormal.law(for: Self.shape)).weights
    let glorot = Self.draw(Initializer.glorotNormal.law(for: Self.shape)).weights
    let ratio = ((2.0 / 45) / (2.0 / 25)).squareRoot()
    for (x, y) in zip(he, glorot) { #expect(abs(Double(y) - ratio * Double(x)) <= 3e-7 * abs(Double(y))) }
    let other = Self.draw(
      Initializer.heNormal.law(for: Self.shape), stream: RandomStream(seed: 9, replica: 1, node: "layer", tensor: .weight)
    ).weights
    #expect(zip(he, other).allSatisfy { $0 != $1 })
  }

  @Test func biasesHaveOneEntryAUnit() throws {
    let law = Initializer.torchLinearBias.law(for: Self.shape)
    var exponent = 1
    let stream = Self.stream.of(.bias)
    let bias = filled(20) { exponent = WeightSampler.fillBias($0, law: law, shape: Self.shape, stream: stream) }
    #expect(exponent == 0)
    let expected = filled(20) { stream.fillUniform($0, low: -0.2, high: 0.2) }
    #expect(zip(bias, expected).allSatisfy { abs($0 - $1) < 1e-7 })
    #expect(Set(bias).count == 20)
  }

  /// Threads that draw at once draw what one thread draws, LAPACK included.
  @Test func threadsDoNotMatter() async {
    let shape = WeightShape(outputs: 96, inputs: 64)
    let laws: [WeightLaw] = [.normal(mean: 0, std: 1), .orthogonal(gain: 1, transposed: false)]
    for law in laws {
      let streams = (0..<8).map { RandomStream(seed: 1, replica: $0, node: "n", tensor: .weight) }
      let serial = streams.map { Self.draw(law, shape, stream: $0).weights }
      let parallel = await withTaskGroup(of: (Int, [Float]).self) { group in
        for (replica, stream) in streams.enumerated() {
          group.addTask { (replica, Self.draw(law, shape, stream: stream).weights) }
        }
        return await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
      }
      for replica in 0..<8 { #expect(parallel[replica] == serial[replica]) }
    }
  }
}
