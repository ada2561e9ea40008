import CGSL
import NetworkGraph
import TensorKernels
import Testing

/// Every initializer whose entries are independent: variance, bounds and distribution of what is drawn, pooled over
/// replicas, in shapes whose fan-in and fan-out differ.
@Suite struct InitializerSamplingTests {
  static let specifications = [
    "normal(std=0.01)", "normal(std=0.5,mean=2)", "uniform(0.05)", "uniform(low=-1,high=3)", "truncated_normal(std=0.02)",
    "truncated_normal(low=-1,high=4)", "variance_scaling(scale=2.25,mode=fan_in,distribution=normal)",
    "variance_scaling(scale=2,mode=fan_out,distribution=truncated_normal)",
    "variance_scaling(scale=2,mode=fan_avg,distribution=uniform)", "glorot_normal", "glorot_uniform(gain=1.5)", "he_normal",
    "he_normal(mode=fan_out,slope=0.2)", "he_uniform", "lecun_normal", "lecun_uniform", "torch.linear_default",
    "torch.kaiming_uniform(a=2.236)", "torch.kaiming_normal(mode=fan_out)", "torch.xavier_uniform", "torch.xavier_normal",
    "torch.trunc_normal(std=0.02)", "torch.trunc_normal(a=2,b=3)", "keras.random_normal", "keras.random_uniform",
    "keras.truncated_normal", "keras.glorot_normal", "keras.he_normal", "keras.lecun_uniform",
  ]
  static let shapes = [
    WeightShape(outputs: 20, inputs: 25), WeightShape(outputs: 3, inputs: 4), WeightShape(outputs: 4, inputs: 3),
    WeightShape(outputs: 20, inputs: 2, taps: [3, 4]), WeightShape(outputs: 2, inputs: 3, taps: [4, 5]),
  ]

  /// Draws replicas until there are `count` entries.
  static func pool(_ law: WeightLaw, _ shape: WeightShape, count: Int) -> [Float] {
    let replicas = (count + shape.count - 1) / shape.count
    return filled(replicas * shape.count) { buffer in
      for replica in 0..<replicas {
        let part = UnsafeMutableBufferPointer(rebasing: buffer[replica * shape.count..<(replica + 1) * shape.count])
        let stream = RandomStream(seed: 5, replica: replica, node: "layer", tensor: .weight)
        let exponent = WeightSampler.fill(part, law: law, shape: shape, stream: stream)
        precondition(exponent == 0)
      }
    }
  }

  @Test(arguments: specifications)
  func drawsFollowTheirLaw(specification: String) throws {
    let initializer = try Initializer(parsing: specification)
    for shape in Self.shapes {
      let law = initializer.law(for: shape)
      let sample = Self.pool(law, shape, count: 200_000)
      let count = sample.count
      let mean = try #require(law.mean(shape)), variance = try #require(law.variance(shape))
      let bounds = try #require(law.bounds(shape))
      let moments = Moments(sample)
      let place = "\(specification) in \(shape)"
      #expect(abs(moments.mean - mean) < FalseAlarm.mean(std: variance.squareRoot(), count: count), "\(place)")
      let spread = (moments.fourth - moments.variance * moments.variance).squareRoot()
      #expect(abs(moments.variance - variance) < FalseAlarm.mean(std: spread, count: count), "\(place)")
      // A Float next to a bound may lie beyond the Double.
      let slack = bounds.upperBound.isFinite ? Double(Float(max(abs(bounds.lowerBound), abs(bounds.upperBound))).ulp) : 0
      #expect(sample.allSatisfy { Double($0) >= bounds.lowerBound - slack && Double($0) <= bounds.upperBound + slack })
      #expect(kolmogorovDistance(sample, try distribution(law)) < FalseAlarm.kolmogorov(count: count), "\(place)")
    }
  }

  /// The two fan modes are far apart for a test of this size: what he_normal draws is not what its fan_out would be.
  @Test func theWrongFanWouldBeSeen() throws {
    let shape = WeightShape(outputs: 20, inputs: 25)
    let sample = Self.pool(Initializer.heNormal.law(for: shape), shape, count: 200_000)
    let wrong = Initializer.heNormal(mode: .fanOut).law(for: shape)
    #expect(kolmogorovDistance(sample, try distribution(wrong)) > FalseAlarm.kolmogorov(count: sample.count))
    #expect(!FalseAlarm.varianceRatio(count: sample.count).contains(Moments(sample).variance / (2.0 / 20)))
  }

  private func distribution(_ law: WeightLaw) throws -> (Double) -> Double {
    switch law {
    case .normal(let mean, let std): return { gsl_cdf_gaussian_P($0 - mean, std) }
    case .uniform(let low, let high): return { min(max(($0 - low) / (high - low), 0), 1) }
    case .truncatedNormal(let mean, let std, let low, let high):
      let below = gsl_cdf_gaussian_P(low - mean, std), mass = gsl_cdf_gaussian_P(high - mean, std) - below
      return { min(max((gsl_cdf_gaussian_P($0 - mean, std) - below) / mass, 0), 1) }
    default: throw UnexpectedLaw(law: law)
    }
  }

  struct UnexpectedLaw: Error {
    var law: WeightLaw
  }
}
