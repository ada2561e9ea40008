import Execution
import Glibc
import NetworkGraph
import OperatorKernels
import SampleStatistics
import TensorKernels

/// Measures a tensor of a graph: moments by unit, the geometry of its samples, histograms of a subsample.
struct LayoutProbe {
  let sampling: Sampling
  let team: any OperatorTeam

  /// The layout of a tensor.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape; not empty.
  ///   - samples: The number of samples, one after another; 1 where they do not lie so.
  ///   - channelsFirst: Whether units are the second axis, and not the last.
  static func layout(_ shape: TensorShape, samples: Int, channelsFirst: Bool) -> TensorLayout {
    let extents = shape.extents
    switch shape.rank {
    case 0: return TensorLayout(outer: 1, units: 1, inner: 1, samples: 1)
    case 1:
      let units = extents[0] / samples
      return TensorLayout(outer: samples, units: units, inner: 1, samples: samples)
    case 3... where channelsFirst:
      return TensorLayout(
        outer: extents[0], units: extents[1], inner: extents[2...].reduce(1, *), samples: samples)
    default:
      let units = extents[extents.count - 1]
      return TensorLayout(outer: shape.count / units, units: units, inner: 1, samples: samples)
    }
  }

  /// What was measured.
  struct Reading {
    var signal: SignalReading
    /// The mean cosine over pairs of samples.
    var cosine: Double?
    /// The mean over a sample's values of the variance over samples, in true units; nil for one sample.
    var withinSampleVariance: Double?
  }

  func measure(_ data: UnsafePointer<Float>, _ layout: TensorLayout, exponent: Double, geometry: Bool = true) -> Reading {
    var moments = LayoutMoments(data, layout: layout, geometry: geometry) { team.run(blocks: $0, $1) }
    if moments.nonFinite == 0, lostRange(moments) {
      moments = LayoutMoments(data, layout: layout, geometry: geometry, closely: true) { team.run(blocks: $0, $1) }
    }
    return reading(moments, data, exponent)
  }

  /// Whether the scale that a few samples suggested lost the signal.
  private func lostRange(_ moments: LayoutMoments) -> Bool {
    let units = moments.layout.units
    let fourth = moments.sums[(3 * units)...].reduce(0, +)
    return !fourth.isFinite || fourth == 0 && moments.sums[..<(2 * units)].contains { $0 != 0 }
  }

  private func reading(_ m: LayoutMoments, _ data: UnsafePointer<Float>, _ exponent: Double) -> Reading {
    let units = m.layout.units
    func plane(_ index: Int) -> [Double] { Array(m.sums[(index * units)..<((index + 1) * units)]) }
    let moments = GrandMoments(
      PowerSums(
        rows: m.layout.outer * m.layout.inner, scale: Double(m.scale), pivot: m.pivot.map(Double.init), first: plane(0),
        second: plane(1), third: plane(2), fourth: plane(3)))
    let m2 = moments.secondMoment, finite = m.nonFinite == 0
    let logarithm = m2 > 0 && m2.isFinite ? log10(m2) + 2 * exponent * log10(2.0) : nil
    var sampler = sampling == .none ? nil : HistogramSampler(rows: m.layout.outer, columns: units * m.layout.inner)
    if sampler != nil { sampler?.take(data, firstRow: 0, rows: m.layout.outer) }
    var cosine: Double?
    if finite, m.directed >= 2 {
      let n = Double(m.directed)
      cosine = min(1, max(-1, (m.directions - n) / (n * (n - 1))))
    }
    var summary = SignalSummary(
      count: moments.count, mean: Scale.apply(exponent, to: moments.mean),
      variance: Scale.apply(2 * exponent, to: moments.variance), secondMoment: Scale.apply(2 * exponent, to: m2),
      log10SecondMoment: finite ? logarithm : nil, interval: nil, skewness: moments.skewness, kurtosis: moments.kurtosis,
      min: Scale.apply(exponent, to: Double(m.least)), max: Scale.apply(exponent, to: Double(m.greatest)),
      nonFinite: m.nonFinite, cosineSimilarity: cosine,
      histogram: sampling == .magnitudesAndHistogram ? sampler?.histogram(exponent: exponent) : nil)
    summary.magnitudes = sampler?.magnitudes(exponent: exponent)
    if let logarithm {
      if log2(Double(max(abs(m.least), abs(m.greatest)))) + exponent >= 128 {
        summary.float32 = .overflows
      } else if logarithm / (2 * log10(2.0)) < -126 {
        summary.float32 = .underflows
      }
    } else if !finite {
      summary.float32 = .overflows
    }
    summary.scaleCapped = abs(exponent) >= ScaledSignal.exponentCap
    if m.layout.inner > 1 {
      summary.groups = GroupMoments(
        kind: .channel, mean: moments.unitMeans.map { Scale.apply(exponent, to: $0) },
        variance: moments.unitVariances.map { Scale.apply(2 * exponent, to: $0) },
        secondMoment: zip(moments.unitMeans, moments.unitVariances).map { Scale.apply(2 * exponent, to: $0 * $0 + $1) })
    }
    return Reading(
      signal: SignalReading(summary: summary, moments: moments, exponent: exponent), cosine: cosine,
      withinSampleVariance: m.layout.samples > 1 ? m.withinSampleVariance / (Double(m.scale) * Double(m.scale)) : nil)
  }
}

extension LayoutProbe.Reading {
  /// Adds the deviation across samples, unless rounding hides it (see `SignalReading.describeSpread`).
  func describeSpread(fanIn: Int, in summary: inout SignalSummary) {
    let m2 = signal.moments.secondMoment
    guard let within = withinSampleVariance, m2.isFinite else { return }
    guard m2 > 0 else {
      summary.spread = 0
      return
    }
    if (max(0, within) / m2).squareRoot() < 0x1p-24 * Double(fanIn).squareRoot() {
      summary.belowResolution.append("spread")
    } else {
      summary.spread = Scale.apply(signal.exponent, to: max(0, within).squareRoot())
    }
  }
}
