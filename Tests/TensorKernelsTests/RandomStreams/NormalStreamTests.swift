import CGSL
import Foundation
import TensorKernels
import Testing

@Suite struct NormalStreamTests {
  static let stream = RandomStream(seed: 11, replica: 0, node: "normal", tensor: .weight)

  @Test func distributionIsGSLs() {
    let count = 2_000_000
    let sample = filled(count) { Self.stream.fillNormal($0) }
    #expect(kolmogorovDistance(sample) { gsl_cdf_ugaussian_P($0) } < FalseAlarm.kolmogorov(count: count))
  }

  @Test func momentsAreANormals() {
    let count = 4_000_000
    let mean = -3.0, std = 0.05
    let moments = Moments(filled(count) { Self.stream.fillNormal($0, mean: mean, std: std) })
    #expect(abs(moments.mean - mean) < FalseAlarm.mean(std: std, count: count))
    // Float resolves numbers near -3 to 2^-22, 5e-6 of std: it adds 2e-12 to the ratio, far below the bound of 3e-3.
    #expect(FalseAlarm.varianceRatio(count: count).contains(moments.variance / (std * std)))
    // E z^4 = 3, Var z^4 = 105 - 9.
    let fourth = moments.fourth / (std * std * std * std)
    #expect(abs(fourth - 3) < FalseAlarm.mean(std: 96.0.squareRoot(), count: count))
  }

  /// Word by word against Box and Muller's formula in Double: radius from the first word of a pair, angle from the second,
  /// whose top bits place it in one of four arcs.
  @Test func normalsAreTheTransformationOfTheirWords() {
    let count = 1 << 20
    let sample = filled(count) { Self.stream.fillNormal($0) }
    let words = RandomStreamTests.words(Self.stream, count)
    var worst = 0.0
    for pair in stride(from: 0, to: count, by: 32) {
      for first in pair..<pair + 16 {
        let second = first + 16
        let radius = (-2 * log((Double(words[first]) + 0.5) * 0x1p-32)).squareRoot()
        let bits = words[second]
        let angle = (Double(Int32(bitPattern: bits << 2) >> 2) + 0.5) * (Double.pi / 4) * 0x1p-29
        let sign = bits >> 31 == 0 ? 1.0 : -1.0, swapped = bits >> 30 & 1 == 1
        let x = sign * radius * (swapped ? sin(angle) : cos(angle))
        let y = sign * radius * (swapped ? cos(angle) : sin(angle))
        // A few roundings of 2^-24 of the radius; near u = 1 the rounding of u itself, 2^-25, divided by the radius.
        let bound = 6e-7 * radius + 0x1p-24 / radius
        worst = max(worst, abs(Double(sample[first]) - x) / bound, abs(Double(sample[second]) - y) / bound)
      }
    }
    #expect(worst < 1)
  }

  /// Counts beyond 4 and 5 deviations in 1e8 draws, on either side.
  @Test func tailsHaveTheirShare() {
    let draws = 100_000_000, block = 1_000_000 / 64 * 64
    var beyond: [Float: (low: Int, high: Int)] = [4: (0, 0), 5: (0, 0)]
    var sample = [Float](repeating: 0, count: block)
    for start in stride(from: 0, to: draws, by: block) {
      sample.withUnsafeMutableBufferPointer { Self.stream.fillNormal($0, from: start) }
      for threshold in [4, 5] as [Float] {
        var low: Int32 = 0, high: Int32 = 0
        for value in sample {
          low &+= value < -threshold ? 1 : 0
          high &+= value > threshold ? 1 : 0
        }
        beyond[threshold]?.low += Int(low)
        beyond[threshold]?.high += Int(high)
      }
    }
    let drawn = (draws + block - 1) / block * block
    for (threshold, counts) in beyond {
      let bounds = FalseAlarm.poisson(expectation: Double(drawn) * gsl_cdf_ugaussian_Q(Double(threshold)))
      #expect(bounds.contains(counts.low), "\(threshold): \(counts)")
      #expect(bounds.contains(counts.high), "\(threshold): \(counts)")
    }
  }

  /// The word 0 stands for u = 2^-33, hence a radius of sqrt(66 ln 2) = 6.764. A search found it at element 12,922,966,374
  /// of the zero key, where it makes the radius of the pair at this element and 16 further on.
  @Test func tailReachesBeyondSixSigma() {
    let stream = RandomStream(key: 0, replica: 0, tensor: .weight)
    let chunk = 12_922_966_374 / 64 * 64, place = 12_922_966_374 % 64
    var words = [UInt32](repeating: 1, count: 64)
    words.withUnsafeMutableBufferPointer { stream.fillWords($0, from: chunk) }
    #expect(words[place] == 0)
    let normals = filled(64) { stream.fillNormal($0, from: chunk) }
    let x = Double(normals[place]), y = Double(normals[place + 16])
    // Float's rounding of the logarithm, the root and the sum: a few parts in 2^24.
    #expect(abs((x * x + y * y).squareRoot() - (66 * log(2)).squareRoot()) < 4e-6)
    #expect(max(abs(x), abs(y)) > 6.6)
  }

  /// Box and Muller's pairs, 16 elements apart, are independent in angle and radius: the angle is uniform.
  @Test func anglesAreUniform() {
    let count = 1 << 20
    let sample = filled(2 * count) { Self.stream.fillNormal($0) }
    var octants = [Int](repeating: 0, count: 8)
    for chunk in stride(from: 0, to: sample.count, by: 32) {
      for lane in 0..<16 {
        let x = sample[chunk + lane], y = sample[chunk + lane + 16]
        octants[(x < 0 ? 1 : 0) + (y < 0 ? 2 : 0) + (abs(x) < abs(y) ? 4 : 0)] += 1
      }
    }
    let expected = Double(count) / 8
    let statistic = octants.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(gsl_cdf_chisq_Q(statistic, 7) > FalseAlarm.rate)
  }

  /// A word that rounds to u = 1 has the logarithm 0; the radius is held above it. A search found one, 2^32 - 71, at element
  /// 99,850,920 of the zero key.
  @Test func noPairFallsOnTheMean() {
    let stream = RandomStream(key: 0, replica: 0, tensor: .weight)
    let chunk = 99_850_920 / 64 * 64, place = 99_850_920 % 64
    #expect(RandomStreamTests.words(stream, 64, from: chunk)[place] == UInt32.max - 70)
    let normals = filled(64) { stream.fillNormal($0, from: chunk) }
    #expect(normals[place] != 0 && normals[place + 16] != 0)
    // sqrt(2 * 2^-25), the floor.
    #expect(max(abs(normals[place]), abs(normals[place + 16])) <= 0x1p-12)
    #expect(filled(1 << 22) { Self.stream.fillNormal($0) }.allSatisfy { $0.isFinite && $0 != 0 })
  }

  /// One base draw serves every scale: pairs of initializers differ by their scale alone.
  @Test func scalesShareTheirBaseDraws() {
    let standard = filled(1000) { Self.stream.fillNormal($0) }
    let scaled = filled(1000) { Self.stream.fillNormal($0, std: 0.03) }
    // The radius is rounded after its scaling: two roundings of 2^-24 each way.
    for (x, y) in zip(standard, scaled) { #expect(abs(y - 0.03 * x) <= 3e-7 * abs(y)) }
  }
}
