import SampleStatistics

/// Finds layers whose weights repeat an earlier layer's up to a factor, which happens when a seed is used twice.
///
/// The first `prefix` weights of each layer, in storage order, are correlated with those of each earlier layer over the
/// length that both have. Weights of one seed and one family correlate to 1, of two families (normal and uniform by
/// inversion) to 0.977; independent ones scatter by 1 / sqrt(n).
struct SharedWeights {
  /// How many weights of a layer are compared at most.
  static let prefix = 1024
  /// How many layers are kept for comparison at most. Later layers are compared with these.
  static let mostLayers = 4096
  /// The probability that any two of so many layers of independent weights are taken for repetitions.
  static let falseAlarmRate = 1e-6
  /// The smallest correlation that counts as a repetition, however significant a smaller one is.
  static let leastCorrelation = 0.9

  private struct Layer {
    var name: String
    var values: [Float]
    /// Which of the first 64 values lie above the mean.
    var signs: UInt64
    /// The values minus their mean, with unit norm, so that the correlation of two layers of one length is their product.
    /// Nil for a constant.
    var unit: [Float]?
  }
  private var layers: [Layer] = []

  /// The earliest layer that these weights repeat, if any. The weights are kept under their name for comparison with later
  /// layers.
  mutating func earlierLayer(sharing weights: ScaledSignal, as name: String) -> String? {
    let values = Array(UnsafeBufferPointer(start: weights.data, count: min(Self.prefix, weights.count)))
    return earlierLayer(sharing: values, as: name)
  }

  mutating func earlierLayer(sharing values: [Float], as name: String) -> String? {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    var layer = Layer(name: name, values: values, signs: 0, unit: Self.unit(values))
    for (bit, value) in values.prefix(64).enumerated() where Double(value) > mean { layer.signs |= 1 << UInt64(bit) }
    defer { if layers.count < Self.mostLayers { layers.append(layer) } }
    return layers.first { Self.repeats($0, layer) }?.name
  }

  private static func repeats(_ a: Layer, _ b: Layer) -> Bool {
    let length = min(a.values.count, b.values.count)
    // With a correlation of 0.9 a seventh of the signs differ on average, with independence half of them. Only 6% of
    // independent pairs differ in at most three eighths, so one count of bits rules out most pairs.
    let compared = min(64, length)
    let mask: UInt64 = compared == 64 ? .max : (1 << UInt64(compared)) - 1
    let unequal = ((a.signs ^ b.signs) & mask).nonzeroBitCount
    guard min(unequal, compared - unequal) * 8 <= 3 * compared else { return false }
    // Most pairs end here, after one pass over values that are at hand.
    if a.values.count == b.values.count, !mayRepeat(a.unit, b.unit) { return false }
    guard let (correlation, pairs) = correlation(a.values, b.values, length), abs(correlation) >= leastCorrelation else {
      return false
    }
    let comparisons = Double(mostLayers * (mostLayers - 1) / 2)
    return Estimators.correlationProbability(correlation, pairs: pairs) < falseAlarmRate / comparisons
  }

  /// False only where the correlation is surely below the smallest that counts. Float's rounding over 1024 products is at
  /// most 1e-4.
  private static func mayRepeat(_ a: [Float]?, _ b: [Float]?) -> Bool {
    guard let a, let b else { return false }
    return a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sums = SIMD8<Float>.zero, place = 0
        while place + 8 <= a.count {
          for lane in 0..<8 { sums[lane] += a[place + lane] * b[place + lane] }
          place += 8
        }
        var sum = sums.sum()
        while place < a.count {
          sum += a[place] * b[place]
          place += 1
        }
        return sum.isNaN || abs(sum) > Float(leastCorrelation) - 1e-3
      }
    }
  }

  private static func unit(_ values: [Float]) -> [Float]? {
    guard let largest = values.map(abs).max(), largest > 0 else { return nil }
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    let shifted = values.map { (Double($0) - mean) / Double(largest) }
    let norm = shifted.reduce(0) { $0 + $1 * $1 }
    // As below: the spread that rounding gives a constant does not count.
    guard norm > 1e-20 * Double(values.count) else { return nil }
    let scale = 1 / norm.squareRoot()
    return shifted.map { Float($0 * scale) }
  }

  /// Pearson's correlation, and the number of places at which at least one value is not 0; nil where one of the two is
  /// constant.
  private static func correlation(_ a: [Float], _ b: [Float], _ length: Int) -> (correlation: Double, pairs: Int)? {
    var sumA = 0.0, sumB = 0.0, pairs = 0, largestA: Float = 0, largestB: Float = 0
    for index in 0..<length {
      sumA += Double(a[index])
      sumB += Double(b[index])
      largestA = max(largestA, abs(a[index]))
      largestB = max(largestB, abs(b[index]))
      // Places where both have zeros, as in sparse laws, say nothing.
      if a[index] != 0 || b[index] != 0 { pairs += 1 }
    }
    guard largestA > 0, largestB > 0 else { return nil }
    let meanA = sumA / Double(length), meanB = sumB / Double(length)
    let unitA = Double(largestA), unitB = Double(largestB)
    var aa = 0.0, bb = 0.0, ab = 0.0
    for index in 0..<length {
      let x = (Double(a[index]) - meanA) / unitA, y = (Double(b[index]) - meanB) / unitB
      aa += x * x
      bb += y * y
      ab += x * y
    }
    // Rounding gives a constant a spread of some 2^-53 of its size.
    guard aa > 1e-20 * Double(length), bb > 1e-20 * Double(length) else { return nil }
    return (ab / (aa * bb).squareRoot(), pairs)
  }
}
