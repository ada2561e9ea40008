import Glibc
import NetworkGraph
import SampleStatistics
import TensorKernels

/// For which histograms a probe takes a subsample.
enum Sampling: Sendable {
  case none, magnitudes, magnitudesAndHistogram
}

/// Measures one signal while the engine passes over it in blocks of rows.
final class SignalProbe {
  private let accumulator = MomentAccumulator()
  private var sampler: HistogramSampler?
  private var sampling = Sampling.none
  private var exponent = 0.0
  private var rows = 0
  private var columns = 0
  /// Values that are NaN or infinite, where the accumulator does not count them.
  private var nonFinite = 0

  /// Starts on a signal of that size. The pivot is the first row of `first`; the scale follows from at most `samples` of its
  /// `available` rows.
  func begin(
    rows: Int, columns: Int, exponent: Double, first: UnsafePointer<Float>, available: Int, samples: Int = 4,
    directions: Bool = true, sampling: Sampling
  ) {
    self.rows = rows
    self.columns = columns
    self.exponent = exponent
    let scales = MomentAccumulator.scales(sampling: first, rows: available, columns: columns, samples: samples)
    accumulator.begin(units: columns, first: first, scales: scales, directions: directions)
    nonFinite = 0
    self.sampling = sampling
    sampler = sampling == .none ? nil : HistogramSampler(rows: rows, columns: columns)
  }

  func add(_ block: UnsafePointer<Float>, firstRow: Int, rows: Int) {
    accumulator.add(block, rows: rows)
    sampler?.take(block, firstRow: firstRow, rows: rows)
  }

  /// Measures a whole signal in memory. It measures again, with the scale of its largest value, where a sample's scale lost
  /// it.
  func measure(_ signal: ScaledSignal, directions: Bool = true, sampling: Sampling) {
    measure(signal, samples: 4, directions: directions, sampling: sampling)
    if lostRange { measure(signal, samples: signal.rows, directions: directions, sampling: sampling) }
  }

  private func measure(_ signal: ScaledSignal, samples: Int, directions: Bool, sampling: Sampling) {
    begin(
      rows: signal.rows, columns: signal.columns, exponent: signal.exponent, first: signal.data, available: signal.rows,
      samples: samples, directions: directions, sampling: sampling)
    var row = 0
    while row < signal.rows {
      let count = min(MomentAccumulator.blockRows, signal.rows - row)
      add(signal.data + row * signal.columns, firstRow: row, rows: count)
      row += count
    }
    if !directions, !fourthPowers.isFinite { nonFinite = Elementwise.nonFiniteCount(signal.data, count: signal.count) }
  }

  private var fourthPowers: Double { accumulator.sums[(3 * columns)..<(4 * columns)].reduce(0, +) }

  /// Whether the scale that a few rows suggested lost the signal: powers that overflowed or all vanished.
  var lostRange: Bool {
    guard accumulator.nonFinite + nonFinite == 0 else { return false }
    let fourth = fourthPowers
    return !fourth.isFinite || (fourth == 0 && variesWithinUnits)
  }

  /// Whether the values of any unit differ over the rows. First and second powers vanish long after fourth powers do.
  private var variesWithinUnits: Bool { accumulator.sums[..<(2 * columns)].contains { $0 != 0 } }

  /// The measurements for one replica; intervals are nil.
  func reading() -> SignalReading {
    let units = columns
    let sums = accumulator.sums
    func plane(_ index: Int) -> [Double] { Array(sums[(index * units)..<((index + 1) * units)]) }
    let moments = GrandMoments(
      PowerSums(
        rows: rows, scale: Double(accumulator.scale), pivot: accumulator.pivot.map(Double.init), first: plane(0),
        second: plane(1), third: plane(2), fourth: plane(3)))
    let m2 = moments.secondMoment
    let logarithm = m2 > 0 && m2.isFinite ? log10(m2) + 2 * exponent * log10(2.0) : nil
    let nonFinite = accumulator.nonFinite + nonFinite
    let finite = nonFinite == 0
    let largest = Double(max(abs(accumulator.least), abs(accumulator.greatest)))
    var summary = SignalSummary(
      count: moments.count, mean: Scale.apply(exponent, to: moments.mean),
      variance: Scale.apply(2 * exponent, to: moments.variance), secondMoment: Scale.apply(2 * exponent, to: m2),
      log10SecondMoment: finite ? logarithm : nil, interval: nil, skewness: moments.skewness, kurtosis: moments.kurtosis,
      min: Scale.apply(exponent, to: Double(accumulator.least)),
      max: Scale.apply(exponent, to: Double(accumulator.greatest)),
      nonFinite: nonFinite, cosineSimilarity: finite ? cosine(sums[(4 * units)...]) : nil,
      histogram: sampling == .magnitudesAndHistogram ? sampler?.histogram(exponent: exponent) : nil)
    summary.magnitudes = sampler?.magnitudes(exponent: exponent)
    if let logarithm {
      let log2RMS = logarithm / (2 * log10(2.0))
      if log2(largest) + exponent >= 128 {
        summary.float32 = .overflows
      } else if log2RMS < -126 {
        summary.float32 = .underflows
      }
    } else if !finite {
      summary.float32 = .overflows
    }
    summary.scaleCapped = abs(exponent) >= ScaledSignal.exponentCap
    return SignalReading(summary: summary, moments: moments, exponent: exponent)
  }

  /// The mean cosine over pairs of rows, from the norm of the sum of unit vectors: (|sum u|^2 - n) / (n (n - 1)).
  private func cosine(_ unitSums: ArraySlice<Double>) -> Double? {
    let n = Double(accumulator.directedRows)
    guard n >= 2 else { return nil }
    let square = unitSums.reduce(0) { $0 + $1 * $1 }
    return min(1, max(-1, (square - n) / (n * (n - 1))))
  }
}

/// One replica's measurement of one signal, with the moments of each unit.
struct SignalReading {
  var summary: SignalSummary
  /// The moments in units of 2^exponent.
  var moments: GrandMoments
  var exponent: Double

  /// log2 of the true root mean square; nil without a signal.
  var log2RMS: Double? { summary.log10SecondMoment.map { $0 / (2 * log10(2.0)) } }

  /// The fraction of units that are zero for the whole batch. Positions are not units: a channel, or a feature of a
  /// sequence, is dead where it is zero at all of its positions.
  func deadFraction(of shape: Shape?) -> Double {
    let units = unitMoments(of: shape)
    let dead = zip(units.means, units.variances).count { $0 == 0 && $1 == 0 }
    return Double(dead) / Double(units.means.count)
  }

  /// Means and variances over the batch, and over positions, of each group of values that shares a row of weights.
  private func unitMoments(of shape: Shape?) -> (means: [Double], variances: [Double]) {
    let (means, variances) = (moments.unitMeans, moments.unitVariances)
    guard let shape, shape.count == means.count else { return (means, variances) }
    return UnitGroups.sharingWeights(in: shape).moments(means: means, variances: variances)
  }

  /// The number of samples in the batch.
  var rows: Int { moments.count / moments.unitMeans.count }

  /// The fraction of units that are copies: their mean and variance over the batch equal those of another unit to a few
  /// units in the last place. Training cannot tell such units apart. Positions are not units (see `deadFraction`), so tokens
  /// that are alike are not copies. Nil for a batch of one, where units have no variance and some of many means agree by
  /// chance.
  func duplicateFraction(of shape: Shape?) -> Double? {
    guard rows > 1 else { return nil }
    let (means, variances) = unitMoments(of: shape)
    guard means.count > 1, moments.secondMoment.isFinite else { return 0 }
    let order = means.indices.sorted { means[$0] < means[$1] }
    var duplicate = [Bool](repeating: false, count: means.count)
    for position in order.indices {
      let a = order[position]
      let size = (means[a] * means[a] + variances[a]).squareRoot(), tolerance = 0x1p-21 * size
      // Neighbours in the order of means are compared; a run of equal means is searched to its end.
      var next = position + 1
      while next < order.count, means[order[next]] - means[a] <= tolerance {
        let b = order[next]
        if abs(variances[a] - variances[b]) <= tolerance * size {
          duplicate[a] = true
          duplicate[b] = true
          break
        }
        next += 1
      }
    }
    return Double(duplicate.count { $0 }) / Double(means.count)
  }

  /// Adds the deviation across the samples of the batch, unless rounding hides it: sums of `fanIn` products round by about
  /// sqrt(fanIn) half-ulps of the signal (Higham 2002, section 3.1).
  func describeSpread(fanIn: Int, in summary: inout SignalSummary) {
    guard moments.secondMoment > 0, moments.secondMoment.isFinite else {
      summary.spread = moments.secondMoment == 0 && rows > 1 ? 0 : nil
      return
    }
    // With one sample the variance is 0 by definition, so there is nothing to check.
    guard rows > 1 else { return }
    let relative = (moments.withinUnitVariance / moments.secondMoment).squareRoot()
    if relative < 0x1p-24 * Double(fanIn).squareRoot() {
      summary.belowResolution.append("spread")
    } else {
      summary.spread = Scale.apply(exponent, to: moments.withinUnitVariance.squareRoot())
    }
  }
}
