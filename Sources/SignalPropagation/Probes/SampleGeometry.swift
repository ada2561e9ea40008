import TensorKernels

/// The norms and cosines of a batch's samples, from which theory starts where an input is not Gaussian.
struct SampleGeometry: Sendable {
  /// The most groups into which a batch is divided.
  static let groupCount = 16
  /// How many samples are compared in pairs: 496 pairs give the variance of cosines to about 6%.
  static let pairedSamples = 32

  /// The second moments of the samples, sorted and averaged in groups of equal size, in true units.
  var groups: [Double] = []
  /// The variance of the cosine over pairs; nil without two samples that have a direction.
  var cosineVariance: Double?

  init(of signal: ScaledSignal) {
    var moments = (0..<signal.rows).map { row in
      Scale.apply(2 * signal.exponent, to: Self.product(signal, row, row) / Double(signal.columns))
    }
    moments.sort()
    let count = min(Self.groupCount, moments.count)
    groups = (0..<count).map { group in
      let members = moments[(group * moments.count / count)..<((group + 1) * moments.count / count)]
      return members.reduce(0, +) / Double(members.count)
    }
    cosineVariance = Self.cosineVariance(signal)
  }

  private static func cosineVariance(_ signal: ScaledSignal) -> Double? {
    let norms = (0..<min(pairedSamples, signal.rows)).map { product(signal, $0, $0).squareRoot() }
    var count = 0.0, sum = 0.0, squares = 0.0
    for i in norms.indices where norms[i] > 0 {
      for j in 0..<i where norms[j] > 0 {
        let cosine = product(signal, i, j) / (norms[i] * norms[j])
        count += 1
        sum += cosine
        squares += cosine * cosine
      }
    }
    guard count > 0 else { return nil }
    return max(0, squares / count - sum / count * (sum / count))
  }

  private static func product(_ signal: ScaledSignal, _ i: Int, _ j: Int) -> Double {
    let a = signal.data + i * signal.columns, b = signal.data + j * signal.columns
    var sum = 0.0
    for column in 0..<signal.columns { sum += Double(a[column]) * Double(b[column]) }
    return sum
  }
}
