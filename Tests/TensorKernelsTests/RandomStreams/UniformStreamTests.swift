import TensorKernels
import Testing

@Suite struct UniformStreamTests {
  static let stream = RandomStream(seed: 12, replica: 0, node: "uniform", tensor: .weight)

  @Test(arguments: [(-0.05, 0.05), (0.0, 1.0), (-1.0, 3.0), (2.0, 3.0), (-3.0, -2.0), (-1.0, 0.0)])
  func distributionAndBounds(low: Double, high: Double) {
    let count = 1_000_000
    let sample = filled(count) { Self.stream.fillUniform($0, low: low, high: high) }
    #expect(sample.allSatisfy { $0 >= Float(low) && $0 < Float(high) })
    let distance = kolmogorovDistance(sample) { min(max(($0 - low) / (high - low), 0), 1) }
    #expect(distance < FalseAlarm.kolmogorov(count: count))

    let moments = Moments(sample)
    let variance = (high - low) * (high - low) / 12
    #expect(abs(moments.mean - (low + high) / 2) < FalseAlarm.mean(std: variance.squareRoot(), count: count))
    // The fourth central moment is 9/5 of the squared variance, hence Var((x - mean)^2) = 4/5 of it.
    #expect(abs(moments.variance / variance - 1) < FalseAlarm.mean(std: 0.8.squareRoot(), count: count))
  }

  /// 32 bits near zero, where 24 would leave gaps: among 2^24 uniforms the least are about 2^-24, all different.
  @Test(arguments: [(0.0, 1.0), (-1.0, 1.0), (-1.0, 0.0)])
  func numbersNearZeroAreResolved(low: Double, high: Double) {
    let sample = filled(1 << 24) { Self.stream.fillUniform($0, low: low, high: high) }
    let small = sample.filter { abs($0) < 0x1p-18 }
    // About 64 (or 128 of a doubled density) in 2^14 (or 2^15) steps of 32-bit words; 24-bit words would have 64 steps.
    #expect(small.count > 20)
    #expect(small.contains { ($0 * 0x1p24).rounded() != $0 * 0x1p24 })
    // A birthday among 2^14 steps is rare, among 64 steps certain.
    #expect(Set(small).count > small.count * 9 / 10)
  }

  @Test func boundsAtTheEdgesOfFloat() {
    let limit = Double(Float.greatestFiniteMagnitude)
    let wide = filled(1000) { Self.stream.fillUniform($0, low: -limit, high: limit) }
    #expect(wide.allSatisfy { $0.isFinite })
    let narrow = filled(1000) { Self.stream.fillUniform($0, low: 1, high: Double(Float(1).nextUp)) }
    #expect(narrow.allSatisfy { $0 == 1 })
    let empty = filled(10) { Self.stream.fillUniform($0, low: 1, high: 1 + 1e-12) }
    #expect(empty.allSatisfy { $0 == 1 })
  }
}
