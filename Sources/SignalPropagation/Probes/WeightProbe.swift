import Glibc
import NetworkGraph
import SampleStatistics
import TensorKernels

/// Measures one weight tensor and compares it with the law from which it was drawn.
enum WeightProbe {
  /// The probability that a tensor drawn from its declared law has even one weight counted as an outlier.
  static let outlierFalseAlarmRate = 1e-6

  static func reading(
    of weights: ScaledSignal, law: WeightLaw, shape: WeightShape, probe: SignalProbe, stream: RandomStream,
    sampling: Sampling,
    measuresStatistics: Bool, pool: BufferPool
  ) throws -> (summary: WeightSummary?, secondMoment: Double, log2RMS: Double?) {
    guard measuresStatistics else {
      // The scale rules need the size of the weights. A declared variance gives it without a pass over them.
      if let variance = law.variance(shape) { weights.log2RMS = variance > 0 ? log2(variance) / 2 : nil }
      return (nil, 0, weights.log2RMS)
    }
    probe.measure(weights, directions: false, sampling: sampling)
    let reading = probe.reading()
    weights.log2RMS = reading.log2RMS
    var summary = WeightSummary(
      mean: reading.summary.mean, variance: reading.summary.variance, expectedVariance: law.variance(shape),
      orthogonalityDefect: try orthogonalityDefect(
        weights, matrices: copies(of: law, shape), moments: reading.moments, stream: stream, pool: pool),
      outliers: outliers(weights, law: law, reading: reading), histogram: reading.summary.histogram)
    summary.min = reading.summary.min
    summary.max = reading.summary.max
    summary.nonFinite = reading.summary.nonFinite
    return (summary, reading.summary.secondMoment, reading.log2RMS)
  }

  /// The stacked matrices that a law makes orthogonal, each separately.
  private static func copies(of law: WeightLaw, _ shape: WeightShape) -> Int {
    if case .orthogonal = law { shape.copies } else { 1 }
  }

  /// The interval within which so many draws of the law stay, except with the false-alarm rate; nil for a law with a
  /// structure.
  static func allowed(by law: WeightLaw, count: Int) -> ClosedRange<Double>? {
    let low: Double, high: Double
    switch law {
    case .normal(let mean, let std):
      let reach = std * Estimators.normalQuantile(twoSided: outlierFalseAlarmRate / Double(count))
      (low, high) = (mean - reach, mean + reach)
    case .uniform(let lower, let upper), .triangular(let lower, let upper): (low, high) = (lower, upper)
    case .truncatedNormal(_, _, let lower, let upper): (low, high) = (lower, upper)
    case .constant(let value): (low, high) = (value, value)
    default: return nil
    }
    // One unit in the last place of slack, since the bounds are Double and the weights Float.
    let slack = max(abs(low), abs(high)) * 0x1p-23
    return (low - slack)...(high + slack)
  }

  /// Counts the weights outside the interval that so many draws of the law allow.
  private static func outliers(_ weights: ScaledSignal, law: WeightLaw, reading: SignalReading) -> Int? {
    guard let range = allowed(by: law, count: weights.count) else { return nil }
    if reading.summary.nonFinite == 0, range.contains(reading.summary.min), range.contains(reading.summary.max) { return 0 }
    return (0..<weights.count).count { !range.contains(Scale.apply(weights.exponent, to: Double(weights.data[$0]))) }
  }

  private static func probeCount(_ small: Int) -> Int { max(1, min(16, 1024 / small)) }

  /// The bytes needed to measure the orthogonality of weights of that shape.
  static func scratchBytes(_ shape: WeightShape) -> Double {
    let small = min(shape.rows, shape.columns)
    return 4 * Double(probeCount(small)) * (Double(max(shape.rows, shape.columns)) + 3 * Double(small))
  }

  /// The orthogonality defect: root mean square over the smaller dimension p of `A = W W^T / s - I` (or `W^T W`), where s is
  /// the mean diagonal, over all `matrices` that are stacked.
  ///
  /// The exact matrix costs a product as large as the layer's own; `|A v|^2 / p` averaged over random sign vectors v has
  /// `|A|_F^2 / p` for its mean (Hutchinson 1990), with a relative deviation of at most sqrt(2 / (p probes)).
  private static func orthogonalityDefect(
    _ weights: ScaledSignal, matrices: Int, moments: GrandMoments, stream: RandomStream, pool: BufferPool
  ) throws -> Double? {
    let m = weights.rows / matrices, n = weights.columns
    let small = min(m, n)
    let probes = probeCount(small)
    guard moments.secondMoment > 0, moments.secondMoment.isFinite else { return nil }
    let signs = try ScaledSignal(rows: probes, columns: small, pool: pool)
    let across = try ScaledSignal(rows: probes, columns: max(m, n), pool: pool)
    let back = try ScaledSignal(rows: probes, columns: small, pool: pool)
    var words = [UInt32](repeating: 0, count: signs.count)
    words.withUnsafeMutableBufferPointer { stream.fillWords($0) }
    for index in words.indices { signs.data[index] = words[index] & 1 == 0 ? 1 : -1 }
    // With data of size 1 / sqrt(s), neither product leaves Float's range.
    let diagonal = moments.secondMoment * Double(max(m, n))
    let alpha = Float(1 / diagonal.squareRoot())
    var square = 0.0
    for matrix in 0..<matrices {
      let data = weights.data + matrix * m * n
      if m <= n {
        // across (probes, n) = signs (probes, m) W (m, n), then back (probes, m) = across W^T
        MatrixProduct.nn(m: probes, n: n, k: m, alpha: alpha, signs.data, data, into: across.data)
        MatrixProduct.nt(m: probes, n: m, k: n, alpha: alpha, across.data, data, into: back.data)
      } else {
        // across (probes, m) = signs (probes, n) W^T, then back (probes, n) = across W (m, n)
        MatrixProduct.nt(m: probes, n: m, k: n, alpha: alpha, signs.data, data, into: across.data)
        MatrixProduct.nn(m: probes, n: n, k: m, alpha: alpha, across.data, data, into: back.data)
      }
      for index in 0..<back.count {
        let difference = Double(back.data[index]) - Double(signs.data[index])
        square += difference * difference
      }
    }
    return (square / Double(back.count * matrices)).squareRoot()
  }
}
